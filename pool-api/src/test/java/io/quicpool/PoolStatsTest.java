package io.quicpool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PoolStatsTest {

  private static PoolStats stats(long hits, long misses, long acquired, long leased) {
    return new PoolStats(
        hits, misses, 0, 0, 0, 0, 0, 0, 0, 0, 0, acquired, 0, 0, 0, 0, 0, 0, 0, leased, 0, 0, 0, 0,
        0, 100);
  }

  @Test
  void c15TheHitRateIsHitsOfAllRequestsAndZeroWhenThereWereNone() {
    assertEquals(0.0, stats(0, 0, 0, 0).hitRate());
    assertEquals(1.0, stats(5, 0, 5, 0).hitRate());
    assertEquals(0.0, stats(0, 5, 5, 0).hitRate());
    assertEquals(0.75, stats(3, 1, 4, 0).hitRate());
    assertEquals(0.5, stats(1L << 40, 1L << 40, 0, 0).hitRate());
  }

  @Test
  void requestsAreHitsAndMisses() {
    assertEquals(12, stats(7, 5, 0, 0).requests());
  }

  @Test
  void releasedIsWhatWasAcquiredAndIsNotOut() {
    assertEquals(6, stats(0, 0, 9, 3).released());
    assertEquals(0, stats(0, 0, 0, 0).released());
  }
}

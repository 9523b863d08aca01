package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SamplesTest {

  @Test
  void percentilesAreMeasuredValuesByNearestRank() {
    Samples samples = new Samples();
    for (long value : new long[] {15, 20, 35, 40, 50}) {
      samples.add(value);
    }
    assertEquals(Duration.ofNanos(15), samples.percentile(5));
    assertEquals(Duration.ofNanos(20), samples.percentile(30));
    assertEquals(Duration.ofNanos(20), samples.percentile(40));
    assertEquals(Duration.ofNanos(35), samples.p50());
    assertEquals(Duration.ofNanos(50), samples.percentile(100));
  }

  @Test
  void oneSampleIsEveryPercentile() {
    Samples samples = new Samples();
    samples.add(7);
    assertEquals(samples.p50(), samples.p99());
    assertEquals(Duration.ofNanos(7), samples.percentile(0.001));
  }

  @Test
  void aHundredValuesInAnyOrderGiveTheirRanks() {
    Samples samples = new Samples();
    new Random(1).ints(1, 101).distinct().limit(100).forEach(samples::add);
    assertEquals(Duration.ofNanos(50), samples.p50());
    assertEquals(Duration.ofNanos(95), samples.p95());
    assertEquals(Duration.ofNanos(99), samples.p99());
  }

  @Test
  void samplesMayBeAddedAfterAPercentileWasRead() {
    Samples samples = new Samples();
    samples.add(10);
    samples.p50();
    samples.add(1);
    assertEquals(Duration.ofNanos(1), samples.p50());
  }

  @Test
  void growsAndMerges() {
    Samples all = new Samples();
    Samples others = new Samples();
    for (int i = 1; i <= 1000; i++) {
      (i % 2 == 0 ? all : others).add(i);
    }
    all.addAll(others);
    assertEquals(1000, all.count());
    assertEquals(Duration.ofNanos(500), all.p50());
  }

  @Test
  void noSamplesAndPercentilesOutOfRangeAreRefused() {
    Samples samples = new Samples();
    assertThrows(IllegalStateException.class, samples::p50);
    samples.add(1);
    for (double percent : new double[] {0, -1, 100.1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> samples.percentile(percent));
    }
  }
}

package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link ScaleReport} measures at full size, small enough for every build. */
class ScaleTest {
  private static final int PEERS = 20_000;
  private static final int REQUESTS = 100_000;

  /** Hits of a plain LRU: what the pool, with all its parts, must reach. */
  private static long lru(int[] requests, int cap) {
    Map<Integer, Boolean> in =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
            return size() > cap;
          }
        };
    return Arrays.stream(requests).filter(peer -> in.put(peer, true) != null).count();
  }

  @ParameterizedTest
  @CsvSource({"0.9, 100", "0.9, 2000", "1.1, 100", "1.1, 2000"})
  void thePoolHitsAsOftenAsAPlainLruAndNeverMoreThanTheOptimum(double exponent, int cap)
      throws Exception {
    int[] requests = new Zipf(PEERS, exponent, 1).sequence(REQUESTS);
    long hits = Scale.hits(requests, PEERS, cap);
    assertEquals(lru(requests, cap), hits);
    assertTrue(hits <= Optimum.hits(requests, PEERS, cap));
  }

  @Test
  void theOptimumIsTheBestOfAllChoices() {
    int[] requests = {0, 1, 2, 0, 1, 3, 0, 3, 1, 2};
    assertEquals(0, Optimum.hits(new int[] {0, 1, 2, 3}, 4, 2));
    assertEquals(2, Optimum.hits(new int[] {0, 0, 1, 1}, 4, 1));
    assertEquals(5, Optimum.hits(requests, 4, 3)); // 0, 1; 0, 3, 1: whatever leaves for 3 is 2
  }

  @Test
  void aHealingPartitionIsDialledAtMostAFifthAsOftenAsWithoutBackoff() throws Exception {
    long[] without = Scale.Partition.dials(200, Duration.ZERO);
    long[] with = Scale.Partition.dials(200, Duration.ofSeconds(2));
    assertEquals(200, with[0], "before it each is dialled once");
    assertTrue(
        5 * peak(with) <= peak(without),
        () -> Arrays.toString(with) + " against " + Arrays.toString(without));
  }

  /** {@code -Dscale=folder} writes what docs/scale.md shows; it takes a minute. */
  @Test
  @EnabledIfSystemProperty(named = "scale", matches = ".+")
  void theReport() throws Exception {
    ScaleReport.write(Path.of(System.getProperty("scale")));
  }

  /** In one second, from the partition's first on. */
  private static long peak(long[] dials) {
    return Arrays.stream(dials, Scale.Partition.BEGINS, dials.length).max().orElseThrow();
  }
}

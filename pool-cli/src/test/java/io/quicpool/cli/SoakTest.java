package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.PoolStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class SoakTest {
  private static final PoolStats NONE =
      new PoolStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

  @ParameterizedTest
  @ValueSource(strings = {"netty", "kwik"})
  void aShortOneEndsWell(String transport) {
    CommandRun run =
        CommandRun.of("soak", "--transport", transport, "--peers", "4", "--duration", "5s");

    assertEquals(0, run.exitCode(), () -> run.out() + run.err());
    assertTrue(run.out().contains("verdict: good"), run::out);
  }

  /** A sample each minute of a heap that grows by so many bytes in it. */
  private static SoakResult growing(int minutes, long bytesAMinute) {
    List<SoakSample> samples = new ArrayList<>();
    for (int minute = 0; minute < minutes; minute++) {
      samples.add(
          new SoakSample(
              Duration.ofMinutes(minute).toNanos(),
              1_000_000 + minute * bytesAMinute,
              0,
              1,
              1,
              NONE));
    }
    return new SoakResult(1, Map.of(), 0, samples, List.of());
  }

  @Test
  void aHeapThatGrowsIsFoundInALongRun() {
    assertTrue(growing(54, 1 << 20).isGood(), "not judged yet");
    assertFalse(growing(55, 1 << 20).isGood());
    assertEquals(60, growing(60, 1 << 20).heapSlope().orElseThrow(), 0.01);
    assertTrue(growing(60, 10_000).isGood(), "0.6 MB an hour");
  }

  private static SoakResult holding(int... threads) {
    List<SoakSample> samples = new ArrayList<>();
    for (int number : threads) {
      samples.add(new SoakSample(samples.size(), 1_000_000, 0, number, 5, NONE));
    }
    return new SoakResult(1, Map.of(), 0, samples, List.of());
  }

  @Test
  void threadsThatOnlyBecomeMoreAreFound() {
    assertFalse(holding(10, 12, 11, 13, 14, 13, 15, 16, 15).isGood());
    assertTrue(holding(10, 12, 11, 12, 11, 12, 13, 14, 13).isGood(), "from the middle on alone");
    assertTrue(holding(10, 12, 11, 12, 13, 14, 13, 14, 12).isGood(), "up and down");
    SoakResult unjudged = holding(10, 20, 30, 40, 50, 60, 70, 80);
    assertTrue(unjudged.isGood());
    assertTrue(unjudged.text().contains("threads: not judged"), unjudged::text);
  }

  @Test
  void directMemoryThatOnlyBecomesMoreIsFound() {
    List<SoakSample> samples = new ArrayList<>();
    for (int minute = 0; minute < 9; minute++) {
      samples.add(new SoakSample(minute, 1_000_000, (20L + minute) << 20, 1, 1, NONE));
    }
    assertFalse(new SoakResult(1, Map.of(), 0, samples, List.of()).isGood());
  }

  @Test
  void whateverIsWrongMakesItBad() {
    assertFalse(new SoakResult(1, Map.of(), 0, List.of(), List.of("a byte")).isGood());
    assertFalse(new SoakResult(0, Map.of(), 0, List.of(), List.of()).isGood(), "nothing came");
  }
}

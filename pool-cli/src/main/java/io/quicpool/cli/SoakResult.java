package io.quicpool.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToIntFunction;

/**
 * How a soak ended.
 *
 * @param delivered messages that came back whole
 * @param failures how many failed with each kind of typed error
 * @param faults how many struck
 * @param samples what the process held, in the order of time
 * @param wrong what must not happen: untyped or late failures, wrong bytes, books that do not
 *     balance
 */
record SoakResult(
    long delivered,
    Map<String, Long> failures,
    long faults,
    List<SoakSample> samples,
    List<String> wrong) {
  private static final long WARM_UP_NANOS = 600_000_000_000L;
  private static final double NANOS_PER_HOUR = 3.6e12;
  private static final int FEWEST = 45; // samples that tell a slope from noise
  private static final double STEEPEST = 1; // MB an hour
  private static final int SHOWN = 10;

  boolean isGood() {
    return wrong.isEmpty()
        && delivered > 0
        && heapSlope().orElse(0) < STEEPEST
        && !hasLeaked(SoakSample::descriptors)
        && !hasLeaked(SoakSample::threads);
  }

  /**
   * Whether the least that the process held in the last third of the samples is more than the most
   * in the first third, after the one that was taken first: what faults and peers do to it goes up
   * and down, a leak only up.
   */
  private boolean hasLeaked(ToIntFunction<SoakSample> held) {
    int third = samples.size() / 3;
    if (third < 2) {
      return false;
    }
    return samples.subList(samples.size() - third, samples.size()).stream()
            .mapToInt(held)
            .min()
            .orElseThrow()
        > samples.subList(0, third).stream().mapToInt(held).max().orElseThrow();
  }

  /** How the heap grows after the first ten minutes, in MB an hour; empty for a short run. */
  OptionalDouble heapSlope() {
    List<SoakSample> later =
        samples.stream()
            .filter(sample -> sample.nanos() - samples.get(0).nanos() >= WARM_UP_NANOS)
            .toList();
    if (later.size() < FEWEST) {
      return OptionalDouble.empty();
    }
    double meanTime = later.stream().mapToDouble(SoakResult::hours).average().orElseThrow();
    double meanHeap = later.stream().mapToDouble(SoakSample::heapMegabytes).average().orElseThrow();
    double covariance = 0;
    double variance = 0;
    for (SoakSample sample : later) {
      double time = hours(sample) - meanTime;
      covariance += time * (sample.heapMegabytes() - meanHeap);
      variance += time * time;
    }
    return OptionalDouble.of(covariance / variance);
  }

  private static double hours(SoakSample sample) {
    return sample.nanos() / NANOS_PER_HOUR;
  }

  String text() {
    Table table = new Table(1, "messages", "count");
    table.row("delivered", Long.toString(delivered));
    failures.forEach((kind, count) -> table.row(kind, Long.toString(count)));
    table.row("wrong", Integer.toString(wrong.size()));
    StringBuilder text = new StringBuilder(table.render());
    text.append('\n').append(faults).append(" faults. The heap ");
    OptionalDouble slope = heapSlope();
    if (slope.isPresent()) {
      text.append(
          String.format(
              Locale.ROOT, "grew by %.2f MB an hour after ten minutes.", slope.getAsDouble()));
    } else {
      text.append("was not judged: that takes an hour.");
    }
    text.append(" Descriptors ")
        .append(hasLeaked(SoakSample::descriptors) ? "grew" : "did not grow")
        .append(", threads ")
        .append(hasLeaked(SoakSample::threads) ? "grew" : "did not grow")
        .append(".\n");
    wrong.stream().limit(SHOWN).forEach(one -> text.append("wrong: ").append(one).append('\n'));
    text.append("verdict: ").append(isGood() ? "good" : "bad").append('\n');
    return text.toString();
  }
}

package io.quicpool.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
  private static final int FEWEST_IN_A_THIRD = 3; // threads come and go by the dozen
  private static final int SHOWN = 10;

  boolean isGood() {
    return wrong.isEmpty()
        && delivered > 0
        && heapSlope().orElse(0) < STEEPEST
        && !hasLeaked(SoakSample::directMegabytes).orElse(false)
        && !hasLeaked(SoakSample::descriptors).orElse(false)
        && !hasLeaked(SoakSample::threads).orElse(false);
  }

  /**
   * Whether the least that the process held in each third of the samples is more than the most in
   * the one before: what faults, peers and other load do to it goes up and down, a leak only up.
   * Empty for a short run, or where the system does not tell.
   */
  private Optional<Boolean> hasLeaked(ToIntFunction<SoakSample> held) {
    int third = samples.size() / 3;
    if (third < FEWEST_IN_A_THIRD || samples.stream().mapToInt(held).min().orElse(0) == 0) {
      return Optional.empty();
    }
    int last = samples.size() - third;
    return Optional.of(
        isAbove(samples.subList(third, last), samples.subList(0, third), held)
            && isAbove(samples.subList(last, samples.size()), samples.subList(third, last), held));
  }

  private static boolean isAbove(
      List<SoakSample> later, List<SoakSample> earlier, ToIntFunction<SoakSample> held) {
    return later.stream().mapToInt(held).min().orElseThrow()
        > earlier.stream().mapToInt(held).max().orElseThrow();
  }

  private String judged(ToIntFunction<SoakSample> held) {
    return hasLeaked(held)
        .map(leaked -> leaked ? "grew" : "did not grow")
        .orElse("not judged, which takes nine minutes and a system that tells");
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
    text.append(" Direct memory: ")
        .append(judged(SoakSample::directMegabytes))
        .append("; descriptors: ")
        .append(judged(SoakSample::descriptors))
        .append("; threads: ")
        .append(judged(SoakSample::threads))
        .append(".\n");
    wrong.stream().limit(SHOWN).forEach(one -> text.append("wrong: ").append(one).append('\n'));
    text.append("verdict: ").append(isGood() ? "good" : "bad").append('\n');
    return text.toString();
  }
}

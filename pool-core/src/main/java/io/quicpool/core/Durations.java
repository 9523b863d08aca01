package io.quicpool.core;

import java.time.Duration;
import java.util.Locale;

/** The bounds of durations that callers give per call, and how durations are told. */
final class Durations {
  private static final Duration LONGEST = Duration.ofHours(24);

  private Durations() {}

  /** A wait, from 1 ms to 24 h, in nanoseconds. */
  static long checkedWait(Duration timeout) {
    return checked("a timeout", timeout, Duration.ofMillis(1));
  }

  /** A drain, from 0 to 24 h, in nanoseconds. */
  static long checkedDrain(Duration drain) {
    return checked("a drain timeout", drain, Duration.ZERO);
  }

  /** For people: {@code 240 ms}, {@code 1.4 s}; never less than what is left. */
  static String text(long nanos) {
    long millis = (nanos + 999_999) / 1_000_000;
    return millis < 1_000
        ? millis + " ms"
        : String.format(Locale.ROOT, "%.1f s", Math.ceil(millis / 100.0) / 10);
  }

  private static long checked(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + " must be at least " + least.toMillis() + " ms and at most 24 h, was " + value);
    }
    return value.toNanos();
  }
}

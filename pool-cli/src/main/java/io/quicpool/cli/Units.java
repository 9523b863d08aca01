package io.quicpool.cli;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. */
final class Units {
  private static final double NANOS_PER_MILLI = 1e6;

  private Units() {}

  /** Milliseconds with three significant places or so: 104.1 ms, 2.31 ms, 0.087 ms. */
  static String millis(Duration duration) {
    double millis = duration.toNanos() / NANOS_PER_MILLI;
    String pattern = millis >= 10 ? "%.1f ms" : millis >= 1 ? "%.2f ms" : "%.3f ms";
    return String.format(Locale.ROOT, pattern, millis);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  static String factor(double factor) {
    return String.format(Locale.ROOT, "%.2fx", factor);
  }

  static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  /** How often one duration goes into another. */
  static double ratio(Duration numerator, Duration denominator) {
    return (double) numerator.toNanos() / Math.max(1, denominator.toNanos());
  }
}

package io.quicpool.cli;

import java.time.Duration;
import java.util.Arrays;

/** Durations that were measured, in any order. Not thread-safe. */
final class Samples {
  private static final int FIRST_CAPACITY = 256;

  private long[] nanos = new long[FIRST_CAPACITY];
  private int count;
  private boolean sorted = true;

  void add(long durationNanos) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = durationNanos;
    sorted = false;
  }

  void addAll(Samples others) {
    for (int i = 0; i < others.count; i++) {
      add(others.nanos[i]);
    }
  }

  int count() {
    return count;
  }

  /**
   * The smallest sample that at least so many percent of all are not above (the nearest rank: a
   * value that was measured, never one between two).
   *
   * @param percent above 0 and at most 100
   */
  Duration percentile(double percent) {
    if (count == 0) {
      throw new IllegalStateException("there must be at least one sample, there is none");
    }
    if (!(percent > 0 && percent <= 100)) {
      throw new IllegalArgumentException(
          "a percentile must be above 0 and at most 100, was " + percent);
    }
    if (!sorted) {
      Arrays.sort(nanos, 0, count);
      sorted = true;
    }
    int rank = (int) Math.ceil(percent * count / 100);
    return Duration.ofNanos(nanos[Math.max(rank, 1) - 1]);
  }

  Duration p50() {
    return percentile(50);
  }

  Duration p95() {
    return percentile(95);
  }

  Duration p99() {
    return percentile(99);
  }
}

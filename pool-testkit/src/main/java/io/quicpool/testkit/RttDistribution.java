package io.quicpool.testkit;

import java.util.Arrays;

/** Round-trip times that were measured, in microseconds. Immutable. */
public final class RttDistribution {
  private final long[] sortedMicros;
  private final int lost;

  RttDistribution(long[] micros, int lost) {
    this.sortedMicros = micros.clone();
    Arrays.sort(this.sortedMicros);
    this.lost = lost;
  }

  /** How many were measured. */
  public int count() {
    return sortedMicros.length;
  }

  /** How many never came back. */
  public int lost() {
    return lost;
  }

  /**
   * The smallest value that at least that share of all values does not exceed.
   *
   * @param share from 0 (the minimum) to 1 (the maximum)
   * @throws IllegalStateException if nothing was measured
   */
  public long quantileMicros(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be from 0 to 1, was " + share);
    }
    if (sortedMicros.length == 0) {
      throw new IllegalStateException("no round trip was measured, " + lost + " were lost");
    }
    int rank = (int) Math.ceil(share * sortedMicros.length);
    return sortedMicros[Math.max(0, rank - 1)];
  }

  /** The median. */
  public long p50Micros() {
    return quantileMicros(0.5);
  }

  /** The 95th percentile. */
  public long p95Micros() {
    return quantileMicros(0.95);
  }

  /** The 99th percentile. */
  public long p99Micros() {
    return quantileMicros(0.99);
  }

  /** The values, smallest first. */
  public long[] sortedMicros() {
    return sortedMicros.clone();
  }

  @Override
  public String toString() {
    return count() == 0
        ? "nothing measured, " + lost + " lost"
        : "p50 "
            + p50Micros()
            + " µs, p99 "
            + p99Micros()
            + " µs of "
            + count()
            + ", "
            + lost
            + " lost";
  }
}

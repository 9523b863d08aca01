package io.quicpool;

import java.time.Duration;

/** The ranges of a pool's settings. What is out of one is refused, with the rule and the value. */
final class Ranges {
  private static final int MAX_CONNECTIONS = 10_000_000;
  private static final Duration LONGEST = Duration.ofHours(24);

  private Ranges() {}

  static int maxConnections(int max) {
    return inRange("maxConnections", max, 1, MAX_CONNECTIONS);
  }

  static int maxPending(int max) {
    return inRange("maxPending", max, 0, MAX_CONNECTIONS);
  }

  /** Of what is bounded by {@code maxConnections} too, which is checked when that is known. */
  static int connections(String name, int max) {
    return inRange(name, max, 1, MAX_CONNECTIONS);
  }

  static Duration idleTimeout(Duration timeout) {
    return inRange("idleTimeout", timeout, Duration.ofMillis(10));
  }

  static Duration connectTimeout(Duration timeout) {
    return inRange("connectTimeout", timeout, Duration.ofMillis(1));
  }

  static Duration acquireTimeout(Duration timeout) {
    return inRange("acquireTimeout", timeout, Duration.ofMillis(1));
  }

  static Duration drainTimeout(Duration timeout) {
    return inRange("drainTimeout", timeout, Duration.ZERO);
  }

  static int inRange(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be at least " + least + " and at most " + most + ", was " + value);
    }
    return value;
  }

  static Duration inRange(String name, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + " must be at least " + least.toMillis() + " ms and at most 24 h, was " + value);
    }
    return value;
  }
}

package io.quicpool.core;

import io.quicpool.PoolLimits;
import java.time.Duration;

/**
 * The bounds of a pool that are in force. Read by anyone; changed under the lock of {@link
 * Decisions}, so that a decision sees one set of them.
 */
final class CurrentLimits {
  private final Duration longestIdle;
  private volatile Nanos current;

  /** The bounds, and what is read with every wait in its own unit. */
  private record Nanos(PoolLimits limits, long idle, long connect, long acquire) {
    static Nanos of(PoolLimits limits) {
      return new Nanos(
          limits,
          limits.idleTimeout().toNanos(),
          limits.connectTimeout().toNanos(),
          limits.acquireTimeout().toNanos());
    }
  }

  /**
   * The first ones.
   *
   * @param longestIdle the transport's own idle timeout, beyond which there is none of the pool's
   */
  CurrentLimits(PoolLimits limits, Duration longestIdle) {
    this.longestIdle = longestIdle;
    this.current = Nanos.of(limits);
  }

  PoolLimits get() {
    return current.limits();
  }

  void set(PoolLimits limits) {
    if (limits.idleTimeout().compareTo(longestIdle) > 0) {
      throw new IllegalArgumentException(
          "idleTimeout must be at most the one that the transport was opened with, which is "
              + longestIdle
              + ", was "
              + limits.idleTimeout());
    }
    current = Nanos.of(limits);
  }

  int maxConnections() {
    return current.limits().maxConnections();
  }

  int maxPending() {
    return current.limits().maxPending();
  }

  long idleTimeoutNanos() {
    return current.idle();
  }

  long connectTimeoutNanos() {
    return current.connect();
  }

  long acquireTimeoutNanos() {
    return current.acquire();
  }
}

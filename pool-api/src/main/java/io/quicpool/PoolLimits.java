package io.quicpool;

import java.time.Duration;

/**
 * The bounds of a pool that can be changed while it is open. Immutable; each {@code with} method
 * returns a copy. A value out of range is refused with an {@link IllegalArgumentException}.
 *
 * @param maxConnections see {@link PoolBuilder#maxConnections}
 * @param maxPending see {@link PoolBuilder#maxPending}
 * @param idleTimeout see {@link PoolBuilder#idleTimeout}
 * @param connectTimeout see {@link PoolBuilder#connectTimeout}
 * @param acquireTimeout see {@link PoolBuilder#acquireTimeout}
 * @param drainTimeout see {@link PoolBuilder#drainTimeout}
 */
public record PoolLimits(
    int maxConnections,
    int maxPending,
    Duration idleTimeout,
    Duration connectTimeout,
    Duration acquireTimeout,
    Duration drainTimeout) {

  /** Checks the ranges. */
  public PoolLimits {
    Ranges.maxConnections(maxConnections);
    Ranges.maxPending(maxPending);
    Ranges.idleTimeout(idleTimeout);
    Ranges.connectTimeout(connectTimeout);
    Ranges.acquireTimeout(acquireTimeout);
    Ranges.drainTimeout(drainTimeout);
  }

  /** With another {@link PoolBuilder#maxConnections}. */
  public PoolLimits withMaxConnections(int max) {
    return new PoolLimits(
        max, maxPending, idleTimeout, connectTimeout, acquireTimeout, drainTimeout);
  }

  /** With another {@link PoolBuilder#maxPending}. */
  public PoolLimits withMaxPending(int max) {
    return new PoolLimits(
        maxConnections, max, idleTimeout, connectTimeout, acquireTimeout, drainTimeout);
  }

  /** With another {@link PoolBuilder#idleTimeout}. */
  public PoolLimits withIdleTimeout(Duration timeout) {
    return new PoolLimits(
        maxConnections, maxPending, timeout, connectTimeout, acquireTimeout, drainTimeout);
  }

  /** With another {@link PoolBuilder#connectTimeout}. */
  public PoolLimits withConnectTimeout(Duration timeout) {
    return new PoolLimits(
        maxConnections, maxPending, idleTimeout, timeout, acquireTimeout, drainTimeout);
  }

  /** With another {@link PoolBuilder#acquireTimeout}. */
  public PoolLimits withAcquireTimeout(Duration timeout) {
    return new PoolLimits(
        maxConnections, maxPending, idleTimeout, connectTimeout, timeout, drainTimeout);
  }

  /** With another {@link PoolBuilder#drainTimeout}. */
  public PoolLimits withDrainTimeout(Duration timeout) {
    return new PoolLimits(
        maxConnections, maxPending, idleTimeout, connectTimeout, acquireTimeout, timeout);
  }
}

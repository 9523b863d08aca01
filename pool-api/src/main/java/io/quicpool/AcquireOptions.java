package io.quicpool;

import java.time.Duration;
import java.util.Optional;

/**
 * How one acquire differs from the others. Immutable; each method returns a copy.
 *
 * <pre>{@code
 * pool.acquire(peer, AcquireOptions.defaults().ignoringBackoff());
 * }</pre>
 *
 * @param timeout how long to wait at most, from 1 ms to 24 h; empty for the pool's acquire timeout
 * @param ignoresBackoff whether a peer that failed a moment ago is dialled all the same
 */
public record AcquireOptions(Optional<Duration> timeout, boolean ignoresBackoff) {
  private static final AcquireOptions DEFAULTS = new AcquireOptions(Optional.empty(), false);

  /** What an acquire without options does. */
  public static AcquireOptions defaults() {
    return DEFAULTS;
  }

  /** Waits at most that long, from 1 ms to 24 h. */
  public AcquireOptions within(Duration longest) {
    return new AcquireOptions(Optional.of(longest), ignoresBackoff);
  }

  /** Dials the peer though it failed a moment ago; see {@link PoolBuilder#maxBackoff}. */
  public AcquireOptions ignoringBackoff() {
    return new AcquireOptions(timeout, true);
  }
}

package io.quicpool.core;

import io.quicpool.RemovalCause;

/**
 * The way out of an {@link Entry} that leaves the pool, or has left it: most entries, which have
 * not, do without. Guarded by the lock of {@link Decisions}, but for the cause.
 */
final class Farewell {
  /** Why it left; read by anyone. */
  volatile RemovalCause cause = RemovalCause.DIED;

  /**
   * How long it stays after its last share came back, since the peer may be about to open a stream
   * on it.
   */
  long lingerNanos;

  /** Until when it stays if nothing stands on it. */
  long lingerUntilNanos;

  /** Whether an alarm is set for that, of which one is enough. */
  boolean lingers;

  /** Whether its transport has told of its end, which a foreign one may do again. */
  boolean endTold;
}

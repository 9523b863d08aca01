package io.quicpool;

import java.time.Duration;
import java.util.Optional;

/**
 * A connection of a pool, as it was at one moment.
 *
 * @param connection who it is to, and what its stack tells of it now
 * @param state whether it is handed out
 * @param idle how long nothing has stood on it, to a tenth of the idle timeout; empty if something
 *     does, if it is not in the pool any more, or if it is kept from expiring and is beyond that
 * @param leases how many leases stand on it
 * @param streams how many streams are open on it, or wait to be
 */
public record PooledConnection(
    ConnectionView connection, State state, Optional<Duration> idle, long leases, long streams) {

  /** Whether a connection is handed out. */
  public enum State {
    /** It is handed out. */
    READY,
    /** It is in doubt, and handed out no more until it gives a sign of life. */
    SUSPECT,
    /** It has left the pool, and is closed when what is open on it is finished. */
    DRAINING
  }
}

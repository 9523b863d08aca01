package io.quicpool;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Told what a pool decides. Every method does nothing by default. Set with {@link
 * PoolBuilder#listener}, or later with {@link QuicPool#addListener}.
 *
 * <p>Called on the pool's executor, after the decision took effect and outside every lock; calls
 * for one connection come in the order of the decisions unless the executor reorders them. What a
 * listener throws is logged and harms nobody. Never called for a hit.
 */
public interface PoolListener {

  /** A dial was started. */
  default void dialStarted(Peer peer) {}

  /** A dial yielded a connection, after so long. */
  default void dialSucceeded(Peer peer, Duration took) {}

  /** A dial yielded no connection, after so long. */
  default void dialFailed(Peer peer, PoolException cause, Duration took) {}

  /** A caller that was not served at once got its lease, after so long. */
  default void waited(Peer peer, Duration took) {}

  /** A caller that was not served at once got none, after so long. */
  default void waitFailed(Peer peer, PoolException cause, Duration took) {}

  /** A caller that waited left after so long: it was cancelled or interrupted. */
  default void waitLeft(Peer peer, Duration took) {}

  /**
   * An inbound connection was refused after its handshake and closed, before anything was read from
   * it. Who fails within the handshake, since no authority vouches for it, is not told of here: it
   * sees a TLS alert.
   *
   * @param cause a {@link ConnectFailedException} of phase {@code IDENTITY}, or a {@link
   *     PoolExhaustedException}
   */
  default void refused(InetSocketAddress from, PoolException cause) {}

  /** A connection came into the pool. */
  default void opened(ConnectionView connection) {}

  /** A connection is in doubt: it is handed out no more until it gives a sign of life. */
  default void suspected(ConnectionView connection) {}

  /** A connection that was in doubt gave a sign of life and is handed out again. */
  default void reinstated(ConnectionView connection) {}

  /**
   * A connection left the pool. It is closed when its last share is given back; at once if it died
   * or gave no sign of life.
   */
  default void removed(ConnectionView connection, RemovalCause cause) {}

  /** A connection of the pool was closed, by the pool or by other means. */
  default void closed(ConnectionView connection, CloseReason reason) {}

  /**
   * A lease was not closed: it was collected, and its share was given back, or it is held beyond
   * {@link PoolBuilder#leakDetectionThreshold}, and stays. Told at most once for each of the two.
   *
   * @param lease with the stack that acquired it as its cause
   */
  default void leaked(ConnectionView connection, LeakedLeaseException lease) {}

  /**
   * The eviction policy threw, or named what is not to be evicted; the pool took its own choice.
   *
   * @param fault what it did, with the rule and the value
   */
  default void policyFault(RuntimeException fault) {}
}

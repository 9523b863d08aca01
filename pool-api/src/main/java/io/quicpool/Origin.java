package io.quicpool;

/** How a connection came into the pool. */
public enum Origin {
  /** The pool dialled it. */
  DIALLED,
  /** The peer dialled us. */
  ACCEPTED,
  /** The application handed it over with {@link QuicPool#put}. */
  ADOPTED,
  /**
   * The application handed it over and says that it goes through a relay: a direct one is better.
   */
  RELAYED
}

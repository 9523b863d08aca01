package io.quicpool.benchmarks.core;

import io.quicpool.Peer;

/**
 * Something that lends a connection to a peer and takes it back: the pool, or what a user would
 * take instead. What it lends is a handle of its own kind. Thread-safe.
 */
interface Contender extends AutoCloseable {

  /** Lends the peer's connection, and makes it if there is none. */
  Object acquire(Peer peer) throws Exception;

  /** Takes back what {@link #acquire} lent. */
  void release(Object lent) throws Exception;

  /** For whom a handle's connection was made. */
  Peer peerOf(Object lent);

  /** How many connections were made. */
  long made();

  @Override
  void close();
}

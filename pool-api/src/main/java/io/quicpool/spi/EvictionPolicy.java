package io.quicpool.spi;

import io.quicpool.Origin;
import io.quicpool.Peer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Orders the connections of one pool: which should go first when room is needed. It decides nothing
 * else, and can break nothing: the pool itself skips what is in use, checks again before it closes,
 * and falls back to the connection that is idle longest if a policy throws or names what is not its
 * own.
 *
 * <p>A service found through {@link java.util.ServiceLoader}, which makes one instance for each
 * pool; or given to the builder by a supplier. Public no-argument constructor without effects.
 *
 * <p><b>Threads.</b> All calls come one at a time, each seeing what the ones before it did, and
 * never on the path of a hit: a policy needs no lock. It must not block or call the pool.
 *
 * <p><b>Order of calls.</b> {@link #added} once, then any number of {@link #used}, then {@link
 * #removed} once. Uses are reported before every decision, those of different connections in the
 * order of their last use, and a connection in use counts as used now.
 */
public interface EvictionPolicy {

  /** The name by which an application chooses it, such as {@code "lru"}: lower case, unique. */
  String name();

  /** A connection came into the pool. */
  void added(Entry entry);

  /**
   * A connection was used.
   *
   * @param count how often since it was added or last reported; 0 if it was only seen to be still
   *     in use
   */
  void used(Entry entry, long count);

  /** A connection left the pool, for whatever reason. */
  void removed(Entry entry);

  /**
   * The connections that are in the pool, best victim first. The pool takes the first that it may
   * evict and reads no further; during the iteration it calls nothing of this policy.
   */
  Iterable<? extends Entry> victims();

  /**
   * A pooled connection, as far as a policy may weigh it. The same object for the same connection
   * in every call; compared by identity.
   */
  interface Entry {

    /** Who is at the other end. */
    Peer peer();

    /** How the connection came into the pool. */
    Origin origin();

    /** How long ago it came into the pool. */
    Duration age();

    /**
     * Its smoothed round-trip time, where the stack tells: what a new dial would cost once or
     * twice.
     */
    Optional<Duration> rtt();

    /** Bytes sent and received over it, where the stack tells. */
    OptionalLong bytes();

    /** How many connections to the same peer are in the pool, this one included. */
    int connectionsOfPeer();

    /** Keeps an object of the policy's own with the entry, which saves it a map. */
    void attach(Object attachment);

    /**
     * What the policy attached.
     *
     * @throws IllegalStateException if it attached nothing
     */
    Object attachment();
  }
}

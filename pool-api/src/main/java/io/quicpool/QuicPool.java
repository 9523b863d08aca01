package io.quicpool;

import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Keeps QUIC connections to peers open and shares them, so that a message costs one round trip
 * instead of a handshake.
 *
 * <p><b>Guarantees.</b> Open connections and dials together never exceed {@code maxConnections}. A
 * peer is dialled once however many ask for it at the same time, and a pooled peer never waits for
 * another's dial. A connection with a share out is closed only if it fails, or at the deadline of
 * {@link #close}. One that was evicted, invalidated or closed is never handed out. What a dial
 * yields is pooled or closed, also when its callers have gone.
 *
 * <p><b>Limits.</b> A connection is handed out as long as this side has not learnt that the peer is
 * gone; a peer that vanishes without a word is noticed by the next check or timeout, not before.
 *
 * <p><b>Waiting.</b> {@code acquire} and {@code openStream} wait for at most the acquire timeout,
 * can be interrupted (an {@link java.io.InterruptedIOException}, with the flag set), and suit
 * virtual threads: no monitor is held while anything waits. Errors are {@link PoolException}s.
 *
 * <p>Thread-safe. Whoever opened the pool closes it.
 */
public interface QuicPool extends AutoCloseable {

  /** Starts from the defaults. */
  static PoolBuilder builder() {
    return new PoolBuilder();
  }

  /**
   * Opens a stream to a peer, over a pooled connection or a new one; its share is given back when
   * the stream ends.
   *
   * @throws PoolException as {@link #acquire(Peer)} and {@link Lease#openStream()} do
   */
  QuicStream openStream(Peer peer) throws IOException;

  /**
   * Takes a share of a connection to a peer, dialling if none is pooled, or if none that is has
   * stream credit left and there may be more ({@link PoolBuilder#maxConnectionsPerPeer}).
   *
   * @throws ConnectFailedException if the dial failed, or one failed a moment ago (phase BACKOFF)
   * @throws AcquireTimeoutException if the acquire timeout passed
   * @throws PoolExhaustedException if the pool is full and too many wait already
   * @throws PoolClosedException if the pool is closed, before or meanwhile
   */
  Lease acquire(Peer peer) throws IOException;

  /** {@link #acquire(Peer)}, waiting at most that long, from 1 ms to 24 h. */
  Lease acquire(Peer peer, Duration timeout) throws IOException;

  /** {@link #acquire(Peer)}, with options of its own. */
  Lease acquire(Peer peer, AcquireOptions options) throws IOException;

  /**
   * {@link #acquire(Peer)} without blocking. Cancelling the future leaves the wait; a lease that
   * arrives then is released.
   */
  CompletableFuture<Lease> acquireAsync(Peer peer);

  /** {@link #acquireAsync(Peer)}, with options of its own. */
  CompletableFuture<Lease> acquireAsync(Peer peer, AcquireOptions options);

  /** A share of a pooled connection, or nothing: never dials, never waits. */
  Optional<Lease> tryAcquire(Peer peer) throws PoolClosedException;

  /**
   * Dials an endpoint from the pool's own sockets, without pooling the connection: it is the
   * caller's to close, or to {@link #put}. Verified as {@link Peer#of(Endpoint)} would be. Not
   * counted in the pool's statistics.
   *
   * @throws ConnectFailedException if the dial failed
   */
  QuicConnection connect(Endpoint endpoint) throws IOException;

  /** {@link #connect(Endpoint)}, verified as this peer would be, wherever it is. */
  QuicConnection connect(Peer peer, Endpoint endpoint) throws IOException;

  /**
   * Wraps a connection that was made elsewhere with the same QUIC stack, to be {@link #put}.
   *
   * @throws IllegalArgumentException if it is no open connection of a type that the stack wraps; it
   *     is left as it was
   */
  QuicConnection adopt(Object nativeConnection);

  /**
   * Pools a direct connection that was made elsewhere: by {@link #connect}, or after a NAT upgrade.
   * Whatever else the peer has drains, finishing what is open on it, and is then closed. Under
   * {@link Peer#of} and {@link Peer#pinned} the connection must prove that identity; under {@link
   * Peer#named} the caller vouches for it.
   *
   * @return what became of it; a refused connection is still the caller's
   * @throws IllegalArgumentException if the peer is {@link Peer.Anonymous}
   */
  PutResult put(Peer peer, QuicConnection connection);

  /**
   * {@link #put(Peer, QuicConnection)}, saying what kind of connection it is: a {@link
   * Origin#RELAYED} one takes the place of another relayed one only, and yields to any that is put,
   * dialled or accepted later.
   *
   * @param origin {@link Origin#ADOPTED} or {@link Origin#RELAYED}
   * @throws IllegalArgumentException if it is another, or the peer is {@link Peer.Anonymous}
   */
  PutResult put(Peer peer, QuicConnection connection, Origin origin);

  /**
   * Pools an anonymous inbound connection of this pool under a name for which the caller vouches,
   * say since its first stream carried a token. Whatever else that name has drains and is then
   * closed.
   *
   * @param peer a {@link Peer.Named}
   * @param inbound as the {@link StreamHandler} got it
   * @return what became of it; a refused connection stays as it was
   * @throws IllegalArgumentException if the peer is of another kind, for which nobody can vouch
   */
  PutResult put(Peer peer, ConnectionView inbound);

  /**
   * Takes the connections of a peer out of the pool: they are handed out no more, and closed when
   * their last share is given back.
   *
   * @return whether there was one
   */
  boolean invalidate(Peer peer);

  /**
   * {@link #invalidate}, telling when it is done: nobody is handed the connections any more, what
   * is open on them is finished, and then they are closed.
   *
   * @return completes when they are closed; at once if none is pooled: one that drains already is
   *     not waited for
   */
  CompletableFuture<Void> drain(Peer peer);

  /**
   * Sees to it that there is a connection to a peer, so that the next message need not dial; as
   * {@link #acquireAsync(Peer)}, which may evict another, but without a lease, and cancelling the
   * future leaves nothing.
   */
  CompletableFuture<Void> warm(Peer peer);

  /**
   * Keeps a connection to a peer up from now on: the last one does not expire, and is dialled
   * again, under the backoff, whenever it is gone, but not in the place of another; it can be
   * evicted unless {@link #protect protected}. Until {@link #coolDown}.
   */
  void keepWarm(Peer peer);

  /**
   * Ends {@link #keepWarm}; the connection stays, and expires as any other.
   *
   * @return whether the peer was kept warm
   */
  boolean coolDown(Peer peer);

  /**
   * Protects the connection that there is or will be to a peer, the last one if there are several:
   * it is neither evicted nor expired, until {@link #unprotect}. It can still be replaced,
   * invalidated and die.
   *
   * @throws PoolExhaustedException if {@code maxConnections - 1} other peers are protected
   */
  void protect(Peer peer) throws PoolExhaustedException;

  /**
   * Ends {@link #protect}.
   *
   * @return whether the peer was protected
   */
  boolean unprotect(Peer peer);

  /**
   * Takes other TLS settings: a new certificate, say, or other authorities. Handshakes that begin
   * after this, dialled or accepted, use them; every connection that there is drains, since the
   * settings that verified it are no longer in force.
   *
   * @throws PoolOpenException if the settings cannot be used, or the stack cannot change its
   *     listener's identity (kwik): then all is as it was
   * @throws PoolExhaustedException if more connections would drain than may: try again when some
   *     have finished
   */
  void reloadTls(Tls tls) throws PoolOpenException, PoolExhaustedException;

  /**
   * Tells the pool that the network under it changed: every connection that can be asked is handed
   * out no more until its peer has given a sign of life, for which it is asked at once.
   */
  void onNetworkChange();

  /**
   * Forgets that a peer could not be reached: the next acquire dials it at once. For an application
   * that knows better, say since the network came back.
   *
   * @return whether acquires were being refused
   */
  boolean clearBackoff(Peer peer);

  /** {@link PoolBuilder#name}. */
  String name();

  /**
   * Tells a listener too from now on what the pool decides, as {@link PoolBuilder#listener} does.
   */
  void addListener(PoolListener listener);

  /**
   * Tells a listener no more; a call that is under way goes on.
   *
   * @return whether it was told until now
   */
  boolean removeListener(PoolListener listener);

  /** The bounds in force. */
  PoolLimits limits();

  /**
   * Takes other bounds, from now on: waits and dials that have begun keep theirs. If there are more
   * connections than the new cap the idle ones are evicted at once; those in use stay, nobody is
   * dialled meanwhile, and each that is given back is evicted until the cap is kept. {@link
   * PoolBuilder#maxInbound} and {@link PoolBuilder#maxConnectionsPerPeer} stay as they are.
   *
   * @throws IllegalArgumentException if {@code maxConnections} is not above the number of protected
   *     peers, or the idle timeout is above the one that the transport was opened with, which is
   *     twice the pool's and 10 s at least; nothing was changed
   */
  void changeLimits(PoolLimits limits);

  /**
   * The connections of the pool, at this moment, draining ones included. Costs a walk through all
   * of them, under the lock that decides: for looking now and then.
   */
  List<PooledConnection> connections();

  /** The peers with a pooled connection, at this moment. */
  Set<Peer> connectedPeers();

  /** What the pool has done and holds, at this moment. */
  PoolStats stats();

  /** Where the pool listens; empty if it only dials. */
  Optional<InetSocketAddress> listenAddress();

  /** What the QUIC stack under this pool can do beyond the contract. */
  Set<Capability> capabilities();

  /** {@link #close(Duration)} with the configured drain timeout. */
  @Override
  void close();

  /**
   * Closes the pool: callers that wait fail at once, nothing is handed out any more, leases and
   * streams may finish until the timeout passes, and every peer is sent a close frame. Returns when
   * everything is closed and freed. If the thread is interrupted what is still open is cut at once,
   * and the flag stays set. Throws nothing; further calls wait for the first.
   *
   * @param drain how long leases and streams may take, from 0 to 24 h
   */
  void close(Duration drain);
}

package io.quicpool.core;

import io.quicpool.AcquireOptions;
import io.quicpool.Capability;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectionLostException;
import io.quicpool.ConnectionView;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolConfig;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolExtension;
import io.quicpool.PoolLimits;
import io.quicpool.PoolListener;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.PoolStats;
import io.quicpool.PooledConnection;
import io.quicpool.PutResult;
import io.quicpool.PutResult.Status;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.StreamLimitException;
import io.quicpool.Tls;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.TlsMaterial;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The pool as its users see it: blocking and not, over the decisions of {@link ConnectionTable}.
 */
final class CorePool implements QuicPool {
  private final ConnectionTable table;
  private final Dialler dialler;
  private final Rivals rivals;
  private final Callbacks callbacks;
  private final Optional<SystemTime> ownedTime;
  private final String name;
  private final CurrentLimits limits;
  private final boolean listens;
  private final Deque<AutoCloseable> extensions = new ConcurrentLinkedDeque<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private volatile @Nullable Thread closer;
  private final Optional<Thread> shutdownHook;

  CorePool(
      PoolConfig config,
      ConnectionTable table,
      Dialler dialler,
      Rivals rivals,
      Callbacks callbacks,
      CurrentLimits limits,
      Optional<SystemTime> ownedTime) {
    this.table = table;
    this.dialler = dialler;
    this.rivals = rivals;
    this.callbacks = callbacks;
    this.ownedTime = ownedTime;
    this.name = config.name();
    this.limits = limits;
    this.listens = config.inbound().address().isPresent();
    this.shutdownHook =
        config.closeAtShutdown()
            ? Optional.of(new Thread(this::close, "quicpool-shutdown"))
            : Optional.empty();
    shutdownHook.ifPresent(CorePool::addShutdownHook);
  }

  // Acquiring.

  @Override
  public Lease acquire(Peer peer) throws IOException {
    Lease hit = table.hit(peer);
    return hit != null ? hit : await(peer, limits.acquireTimeoutNanos());
  }

  @Override
  public Lease acquire(Peer peer, Duration timeout) throws IOException {
    return acquire(peer, AcquireOptions.defaults().within(timeout));
  }

  @Override
  public Lease acquire(Peer peer, AcquireOptions options) throws IOException {
    long nanos = timeoutNanos(options);
    Lease hit = table.hit(peer);
    return hit != null ? hit : await(peer, nanos, options.ignoresBackoff());
  }

  private long timeoutNanos(AcquireOptions options) {
    return options.timeout().map(Durations::checkedWait).orElseGet(limits::acquireTimeoutNanos);
  }

  private Lease await(Peer peer, long timeoutNanos) throws IOException {
    return await(peer, timeoutNanos, false);
  }

  private Lease await(Peer peer, long timeoutNanos, boolean ignoresBackoff) throws IOException {
    Waiter waiter = table.request(peer, timeoutNanos, false, ignoresBackoff);
    try {
      return waiter.future.get();
    } catch (InterruptedException e) {
      leave(waiter);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a connection to " + peer);
    } catch (ExecutionException e) {
      throw thrown(peer, e);
    }
  }

  private void leave(Waiter waiter) {
    if (!waiter.future.cancel(false)) { // it was served at the same moment: not lost, given back
      waiter.future.whenComplete(
          (lease, failure) -> {
            if (lease != null) {
              lease.close();
            }
          });
    }
    table.leave(waiter);
  }

  private static PoolException thrown(Peer peer, ExecutionException e) {
    return e.getCause() instanceof PoolException typed
        ? typed
        : new ConnectFailedException(
            ConnectFailedException.Phase.HANDSHAKE, "no connection to " + peer, e);
  }

  @Override
  public CompletableFuture<Lease> acquireAsync(Peer peer) {
    return acquireAsync(peer, AcquireOptions.defaults());
  }

  @Override
  public CompletableFuture<Lease> acquireAsync(Peer peer, AcquireOptions options) {
    long nanos = timeoutNanos(options);
    Lease hit = table.hit(peer);
    if (hit != null) {
      return CompletableFuture.completedFuture(hit);
    }
    try {
      Waiter waiter = table.request(peer, nanos, true, options.ignoresBackoff());
      waiter.future.whenComplete(
          (lease, failure) -> {
            if (!waiter.settled) { // not by the pool: cancelled, or ended by orTimeout, say
              table.leave(waiter);
            }
          });
      return waiter.future;
    } catch (PoolException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public Optional<Lease> tryAcquire(Peer peer) throws PoolClosedException {
    return table.hitOrMiss(peer);
  }

  @Override
  public QuicStream openStream(Peer peer) throws IOException {
    long deadline = table.nanos() + limits.acquireTimeoutNanos();
    Optional<ConnectionLostException> lost = Optional.empty();
    for (int retries = table.maxPerPeer(); ; retries--) {
      try {
        return openStream(peer, deadline);
      } catch (ConnectFailedException e) {
        if (lost.isPresent() && e.phase() == ConnectFailedException.Phase.BACKOFF) {
          throw lost.get(); // which is why the peer is left in peace
        }
        throw e;
      } catch (ConnectionLostException e) {
        // The connection had ended before anything was sent on it, so the caller need not know: the
        // peer's others may have ended with it, but the next one is new. Only if there is time.
        if (retries == 0 || deadline - table.nanos() <= 0) {
          throw e;
        }
        lost = Optional.of(e);
      }
    }
  }

  /**
   * Acquires and opens within one deadline. Who finds that there is no stream credit left after all
   * looks again after a moment, if there may be another connection, and then twice as late each
   * time, since in the meantime it has a place in the queue for credit.
   */
  private QuicStream openStream(Peer peer, long deadline) throws IOException {
    for (Duration look = StreamOpener.MOMENT; ; look = look.multipliedBy(2)) {
      Lease hit = table.hit(peer);
      try (Lease lease = hit != null ? hit : await(peer, left(deadline))) {
        Duration left = Duration.ofNanos(left(deadline));
        if (table.maxPerPeer() == 1 || left.compareTo(look) <= 0) {
          return lease.openStream(left);
        }
        try {
          return lease.openStream(look);
        } catch (StreamLimitException e) {
          Callbacks.LOG.log(Level.DEBUG, "looks for another connection", e);
        }
      }
    }
  }

  private long left(long deadline) {
    return Math.max(1_000_000, deadline - table.nanos()); // the least that a wait may be
  }

  // Connections from elsewhere.

  @Override
  public QuicConnection connect(Endpoint endpoint) throws IOException {
    return connect(Peer.of(endpoint), endpoint);
  }

  @Override
  public QuicConnection connect(Peer peer, Endpoint endpoint) throws IOException {
    if (closing.get()) {
      throw new PoolClosedException("the pool is closed");
    }
    Dial dial = dialler.to(peer, endpoint);
    dial.start();
    try {
      return dial.result().get();
    } catch (InterruptedException e) {
      if (!dial.result().cancel(false)) {
        dial.result()
            .whenComplete(
                (connection, failure) -> {
                  if (connection != null) {
                    Closing.close(connection, 0, "");
                  }
                });
      }
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while dialling " + endpoint);
    } catch (ExecutionException e) {
      throw thrown(peer, e);
    }
  }

  @Override
  public QuicConnection adopt(Object nativeConnection) {
    return dialler.endpoint().adopt(nativeConnection);
  }

  @Override
  public PutResult put(Peer peer, QuicConnection connection) {
    return put(peer, connection, Origin.ADOPTED);
  }

  @Override
  public PutResult put(Peer peer, ConnectionView inbound) {
    if (!(peer instanceof Peer.Named named)) {
      throw new IllegalArgumentException(
          "an anonymous connection can be vouched for under a Peer.named alone, was " + peer);
    }
    return table.admission().vouch(named, inbound);
  }

  @Override
  public PutResult put(Peer peer, QuicConnection connection, Origin origin) {
    if (origin != Origin.ADOPTED && origin != Origin.RELAYED) {
      throw new IllegalArgumentException("origin must be ADOPTED or RELAYED, was " + origin);
    }
    if (peer instanceof Peer.Anonymous) {
      throw new IllegalArgumentException("a connection must be put under a name, was " + peer);
    }
    try {
      verify(peer, connection);
    } catch (CertificateException | ConnectFailedException | RuntimeException e) {
      return new PutResult(Status.REFUSED_IDENTITY, String.valueOf(e.getMessage()));
    }
    return table.admission().put(peer, connection, origin);
  }

  /** Under a name the caller vouches; everybody else has to prove who they are. */
  private void verify(Peer peer, QuicConnection connection)
      throws CertificateException, ConnectFailedException {
    if (peer instanceof Peer.Service service) {
      dialler.verifierOf(peer, service.endpoint()).verify(connection.peerCertificates());
    } else if (peer instanceof Peer.Pinned pinned) {
      PeerVerifier.ofKey(pinned.fingerprint()).verify(connection.peerCertificates());
    }
  }

  // The rest.

  @Override
  public boolean invalidate(Peer peer) {
    return table.removePeer(peer, RemovalCause.INVALIDATED);
  }

  @Override
  public CompletableFuture<Void> drain(Peer peer) {
    return table.drain(peer);
  }

  @Override
  public CompletableFuture<Void> warm(Peer peer) {
    CompletableFuture<Lease> asked = acquireAsync(peer);
    CompletableFuture<Void> warm = new CompletableFuture<>();
    asked.whenComplete(
        (lease, failure) -> {
          if (lease == null) {
            warm.completeExceptionally(failure);
          } else {
            lease.close(); // also if nobody waits for it any more
            warm.complete(null);
          }
        });
    warm.whenComplete((none, failure) -> asked.cancel(false)); // who leaves wants no dial
    return warm;
  }

  @Override
  public void keepWarm(Peer peer) {
    table.upkeep().keepWarm(peer);
  }

  @Override
  public boolean coolDown(Peer peer) {
    return table.upkeep().coolDown(peer);
  }

  @Override
  public void protect(Peer peer) throws PoolExhaustedException {
    table.protect(peer);
  }

  @Override
  public boolean unprotect(Peer peer) {
    return table.unprotect(peer);
  }

  @Override
  public void reloadTls(Tls tls) throws PoolOpenException, PoolExhaustedException {
    TlsMaterial fresh = tls.load();
    table.checkRoomToDrainAll();
    dialler.endpoint().reloadTls(fresh);
    CorePoolProvider.warnIfInsecure(fresh);
    dialler.currentTls().set(fresh);
    rivals.reload(CorePoolProvider.keyOf(fresh));
    table.drainAll(RemovalCause.TLS_RELOADED);
  }

  @Override
  public void onNetworkChange() {
    table.doubtAll();
  }

  @Override
  public boolean clearBackoff(Peer peer) {
    return table.clearBackoff(peer);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void addListener(PoolListener listener) {
    callbacks.add(listener);
  }

  @Override
  public boolean removeListener(PoolListener listener) {
    return callbacks.remove(listener);
  }

  @Override
  public PoolLimits limits() {
    return limits.get();
  }

  @Override
  public void changeLimits(PoolLimits wanted) {
    table.changeLimits(wanted);
  }

  @Override
  public List<PooledConnection> connections() {
    return table.connections();
  }

  @Override
  public Set<Peer> connectedPeers() {
    return table.peers();
  }

  @Override
  public PoolStats stats() {
    return table.stats();
  }

  @Override
  public Optional<InetSocketAddress> listenAddress() {
    return listens ? Optional.of(dialler.endpoint().localAddress()) : Optional.empty();
  }

  @Override
  public Set<Capability> capabilities() {
    return dialler.endpoint().capabilities();
  }

  @Override
  public void close() {
    close(limits.get().drainTimeout());
  }

  @Override
  public void close(Duration drain) {
    long drainNanos = Durations.checkedDrain(drain);
    if (!closing.compareAndSet(false, true)) {
      if (closer != Thread.currentThread()) { // else a callback that the first call runs
        awaitClosed();
      }
      return;
    }
    closer = Thread.currentThread();
    CompletableFuture<Void> drained = table.beginClose();
    boolean interrupted = !awaitDrained(drained, drainNanos);
    table.cut();
    try {
      dialler.endpoint().close();
    } catch (RuntimeException e) {
      Callbacks.LOG.log(Level.WARNING, "the transport failed to close its endpoint", e);
    }
    endExtensions();
    callbacks.close();
    ownedTime.ifPresent(SystemTime::close);
    forgetShutdownHook();
    closer = null;
    closed.complete(null);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets what goes along with the pool begin. */
  void attach(List<PoolExtension> all) throws PoolOpenException {
    for (PoolExtension extension : all) {
      try {
        extensions.addFirst(Objects.requireNonNull(extension.attach(this), "it returned nothing"));
      } catch (Exception | Error e) {
        throw new PoolOpenException(
            Kind.EXTENSION_FAILED, "the extension " + extension + " failed: " + e, e);
      }
      if (closing.get()) { // by a shutdown hook, which may have ended all that were there
        endExtensions();
        throw new PoolOpenException(
            Kind.EXTENSION_FAILED, "the pool was closed while its extensions began");
      }
    }
  }

  /** Each once, the last one first. */
  private void endExtensions() {
    for (AutoCloseable next = extensions.poll(); next != null; next = extensions.poll()) {
      try {
        next.close();
      } catch (Exception | Error e) {
        Callbacks.LOG.log(Level.WARNING, "an extension of the pool failed to end", e);
      }
    }
  }

  /** False if interrupted. */
  private boolean awaitDrained(CompletableFuture<Void> drained, long drainNanos) {
    if (drained.isDone() || drainNanos == 0) {
      return true;
    }
    PoolTime.Alarm deadline = dialler.time().schedule(drainNanos, () -> drained.complete(null));
    try {
      drained.get();
      return true;
    } catch (InterruptedException e) {
      return false;
    } catch (ExecutionException e) {
      throw new AssertionError("draining does not fail", e);
    } finally {
      deadline.cancel();
    }
  }

  private void awaitClosed() {
    try {
      closed.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new AssertionError("closing does not fail", e);
    }
  }

  private static void addShutdownHook(Thread hook) {
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      Callbacks.LOG.log(
          Level.WARNING, "the JVM is shutting down already: it will not close this pool", e);
    }
  }

  private void forgetShutdownHook() {
    shutdownHook
        .filter(hook -> hook != Thread.currentThread())
        .ifPresent(
            hook -> {
              try {
                Runtime.getRuntime().removeShutdownHook(hook);
              } catch (IllegalStateException e) {
                Callbacks.LOG.log(Level.DEBUG, "the JVM is shutting down: the hook stays", e);
              }
            });
  }
}

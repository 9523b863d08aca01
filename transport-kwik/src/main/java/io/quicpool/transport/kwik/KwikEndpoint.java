package io.quicpool.transport.kwik;

import io.quicpool.Capability;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.TlsMaterial;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Dials, each from a socket of its own (K8), and listens if told to.
 *
 * <p>Everything that must be freed is in one of the sets. Whoever adds to a set looks at {@code
 * closed} afterwards, and {@link #close} sets that first: one of the two frees it.
 */
final class KwikEndpoint implements QuicEndpoint {
  private static final long CLOSE_SECONDS = 2;

  private final EndpointConfig config;
  private volatile Optional<Identity> identity;
  private final Workers workers = new Workers();
  private final Set<Dial> dials = ConcurrentHashMap.newKeySet();
  private final Set<KwikConnection> connections = ConcurrentHashMap.newKeySet();
  private final Set<DialSocket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();
  private @Nullable Listener listener; // set once, before the endpoint is handed out

  private KwikEndpoint(EndpointConfig config, Optional<Identity> identity) {
    this.config = config;
    this.identity = identity;
  }

  static KwikEndpoint open(EndpointConfig config) throws PoolOpenException {
    KwikEndpoint endpoint = new KwikEndpoint(config, usable(config, config.tls()));
    boolean opened = false;
    try {
      if (config.listening().isPresent()) {
        endpoint.listener = Listener.open(endpoint, config.listening().get());
      }
      opened = true;
      return endpoint;
    } finally {
      if (!opened) {
        endpoint.workers.close();
      }
    }
  }

  private static Optional<Identity> usable(EndpointConfig config, TlsMaterial tls)
      throws PoolOpenException {
    Optional<Identity> identity = Optional.empty();
    if (tls.identity().isPresent()) {
      identity = Optional.of(Identity.of(tls.identity().get()));
    }
    if (config.listening().isEmpty()
        && identity.filter(i -> !i.canBeShownToServers()).isPresent()) {
      throw new PoolOpenException(
          Kind.TLS,
          "kwik can show servers an RSA certificate signed with RSA, or an EC P-256 certificate"
              + " signed with ECDSA; this one is neither"); // K12
    }
    return identity;
  }

  @Override
  public void reloadTls(TlsMaterial tls) throws PoolOpenException {
    Optional<Identity> fresh = usable(config, tls);
    if (listener != null && !fresh.map(Identity::leaf).equals(identity.map(Identity::leaf))) {
      throw new PoolOpenException(
          Kind.UNSUPPORTED,
          "kwik's listener keeps the identity that it was opened with: open another pool");
    }
    identity = fresh;
  }

  EndpointConfig config() {
    return config;
  }

  Optional<Identity> identity() {
    return identity;
  }

  @Override
  public CompletableFuture<QuicConnection> connect(DialRequest request) {
    Dial dial = new Dial(this, request);
    dials.add(dial);
    if (closed.get()) {
      dials.remove(dial);
      dial.abort(endpointClosed());
      return dial.result();
    }
    dial.arm(workers);
    try {
      workers.blocking().execute(dial);
    } catch (RejectedExecutionException e) {
      dials.remove(dial);
      dial.abort(endpointClosed());
    }
    return dial.result();
  }

  private static PoolClosedException endpointClosed() {
    return new PoolClosedException("the endpoint is closed");
  }

  void dialEnded(Dial dial) {
    dials.remove(dial);
  }

  DialSocket newSocket(InetSocketAddress remote) throws SocketException {
    DialSocket socket = new DialSocket(remote);
    sockets.add(socket);
    socket.freed().whenComplete((nothing, never) -> sockets.remove(socket));
    return socket;
  }

  KwikConnection wrap(
      tech.kwik.core.QuicConnection kwik,
      InetSocketAddress remote,
      PacketLog packets,
      WakeUpGuard guard) {
    return new KwikConnection(kwik, remote, config, packets, guard, workers);
  }

  /** Takes a connection in whose handshake has ended; false if the endpoint is closed. */
  boolean opened(KwikConnection connection) {
    connections.add(connection);
    connection.closed().whenComplete((reason, never) -> connections.remove(connection));
    return !closed.get();
  }

  @Override
  public InetSocketAddress localAddress() {
    return listener == null ? new InetSocketAddress(0) : listener.address();
  }

  @Override
  public Set<Capability> capabilities() {
    return EnumSet.of(Capability.PEER_CERTIFICATES, Capability.PROBE);
  }

  @Override
  public QuicConnection adopt(Object nativeConnection) {
    throw new IllegalArgumentException(
        "the kwik transport wraps no connection made elsewhere: kwik counts no received packets,"
            + " so one whose socket is not ours could not be told from a dead one");
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    dials.forEach(dial -> dial.abort(endpointClosed()));
    connections.forEach(connection -> connection.close(0, ""));
    if (listener != null) {
      listener.close(workers);
    }
    awaitSockets();
    workers.close();
  }

  /** Kwik frees a connection's socket some round trips after the close frame has left. */
  private void awaitSockets() {
    CompletableFuture<?>[] freeing =
        sockets.stream()
            .map(s -> s.freed().toCompletableFuture())
            .toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(freeing).get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      KwikLog.LOGGER.log(System.Logger.Level.DEBUG, "kwik is slow to free sockets, they are cut");
    }
    sockets.forEach(DialSocket::close);
  }
}

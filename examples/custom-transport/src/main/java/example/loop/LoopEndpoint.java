package example.loop;

import io.quicpool.Capability;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Who listens is found by its port; a dial is made within the call. */
final class LoopEndpoint implements QuicEndpoint {
  private static final Map<Integer, LoopEndpoint> LISTENERS = new ConcurrentHashMap<>();
  private static final AtomicInteger FREE_PORT = new AtomicInteger();
  private static final int PORTS = 65_535;

  private final EndpointConfig config;
  private final Set<LoopConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile InetSocketAddress address =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private volatile TlsMaterial tls;
  private volatile boolean closed;

  private LoopEndpoint(EndpointConfig config) {
    this.config = config;
    this.tls = config.tls();
  }

  static LoopEndpoint open(EndpointConfig config) throws PoolOpenException {
    LoopEndpoint endpoint = new LoopEndpoint(config);
    if (config.listening().isPresent()) {
      endpoint.listen(config.listening().get().address());
    }
    return endpoint;
  }

  private void listen(InetSocketAddress asked) throws PoolOpenException {
    int tries = asked.getPort() == 0 ? PORTS : 1;
    for (int i = 0; i < tries; i++) {
      int port = asked.getPort() == 0 ? anyPort() : asked.getPort();
      address = new InetSocketAddress(asked.getAddress(), port);
      if (LISTENERS.putIfAbsent(port, this) == null) {
        return;
      }
    }
    throw new PoolOpenException(
        PoolOpenException.Kind.ENDPOINT, "somebody listens on " + asked + " already");
  }

  private static int anyPort() {
    return 1 + Math.floorMod(FREE_PORT.getAndIncrement(), PORTS);
  }

  @Override
  public CompletableFuture<QuicConnection> connect(DialRequest request) {
    try {
      return CompletableFuture.completedFuture(dial(request));
    } catch (PoolException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private LoopConnection dial(DialRequest request) throws PoolException {
    if (closed) {
      throw new PoolClosedException("the endpoint is closed");
    }
    LoopEndpoint listener = LISTENERS.get(request.address().getPort());
    if (listener == null) {
      throw new ConnectFailedException(
          Phase.HANDSHAKE, "nobody in this process listens on " + request.address());
    }
    if (!listener.config.alpn().equals(config.alpn())) {
      throw new ConnectFailedException(
          Phase.ALPN, "the listener speaks " + listener.config.alpn() + ", not " + config.alpn());
    }
    List<X509Certificate> shown = listener.tls.identity().map(TlsIdentity::chain).orElseThrow();
    try {
      request.verifier().verify(shown);
      listener.config.listening().orElseThrow().verifier().verify(List.of());
    } catch (CertificateException | RuntimeException e) {
      throw new ConnectFailedException(Phase.IDENTITY, "the verifier said " + e.getMessage(), e);
    }
    LoopConnection near = new LoopConnection(true, request.address(), config, shown);
    LoopConnection far = new LoopConnection(false, address, listener.config, List.of());
    near.join(far);
    own(near);
    listener.own(far);
    if (closed) {
      throw new PoolClosedException("the endpoint was closed");
    }
    listener.accept(far);
    return near;
  }

  private void own(LoopConnection connection) {
    connections.add(connection);
    connection.onClosed(reason -> connections.remove(connection));
    if (closed) { // and did perhaps not see it
      connection.close(0, "");
    }
  }

  private void accept(LoopConnection connection) {
    EndpointConfig.Listening listening = config.listening().orElseThrow();
    try {
      config.handlerExecutor().execute(() -> listening.acceptor().accept(connection));
    } catch (RejectedExecutionException e) {
      connection.close(0, "");
    }
  }

  @Override
  public void reloadTls(TlsMaterial material) throws PoolOpenException {
    LoopTransport.check(material, config.listening().isPresent());
    tls = material;
  }

  @Override
  public InetSocketAddress localAddress() {
    return address;
  }

  @Override
  public Set<Capability> capabilities() {
    return EnumSet.of(
        Capability.PEER_CERTIFICATES,
        Capability.INTERRUPTIBLE_READ,
        Capability.RESET_CODES,
        Capability.STREAM_CREDIT);
  }

  @Override
  public QuicConnection adopt(Object nativeConnection) {
    throw new IllegalArgumentException(
        "there are no connections but this transport's own to adopt, was " + nativeConnection);
  }

  @Override
  public void close() {
    closed = true;
    LISTENERS.remove(address.getPort(), this);
    connections.forEach(connection -> connection.close(0, ""));
  }
}

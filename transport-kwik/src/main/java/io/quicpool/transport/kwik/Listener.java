package io.quicpool.transport.kwik;

import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.EndpointConfig.Listening;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicStream;
import tech.kwik.core.server.ApplicationProtocolConnection;
import tech.kwik.core.server.ApplicationProtocolConnectionFactory;
import tech.kwik.core.server.ServerConnection;
import tech.kwik.core.server.ServerConnectionConfig;
import tech.kwik.core.server.ServerConnector;

/** The listening side of an endpoint. */
final class Listener {
  private static final long CLOSE_SECONDS = 1;

  private final KwikEndpoint endpoint;
  private final Listening listening;
  private final ListenSocket socket;
  private final ServerConnector connector;
  private final WakeUpGuard guard;

  private Listener(
      KwikEndpoint endpoint,
      Listening listening,
      ListenSocket socket,
      ServerConnector connector,
      WakeUpGuard guard) {
    this.endpoint = endpoint;
    this.listening = listening;
    this.socket = socket;
    this.connector = connector;
    this.guard = guard;
  }

  /** Binds, and listens from then on. */
  static Listener open(KwikEndpoint endpoint, Listening listening) throws PoolOpenException {
    if (listening.clientAuth() == ClientAuth.REQUIRED) {
      throw new PoolOpenException(
          Kind.UNSUPPORTED,
          "kwik cannot ask diallers for a certificate: client authentication must be NONE or"
              + " OPTIONAL, was REQUIRED"); // K6
    }
    Identity identity =
        endpoint
            .identity()
            .orElseThrow(
                () -> new PoolOpenException(Kind.TLS, "a listener must have a TLS identity"));
    ListenSocket socket;
    try {
      socket = new ListenSocket(listening.address());
    } catch (SocketException e) {
      throw new PoolOpenException(
          Kind.ENDPOINT, "cannot listen on " + listening.address() + ": " + e.getMessage(), e);
    }
    boolean opened = false;
    WakeUpGuard guard = new WakeUpGuard();
    try {
      Listener listener =
          new Listener(
              endpoint,
              listening,
              socket,
              connector(endpoint.config(), identity, socket, guard),
              guard);
      listener.start();
      opened = true;
      return listener;
    } catch (SocketException | CertificateException | IllegalArgumentException e) {
      throw new PoolOpenException(Kind.TLS, "kwik does not take the TLS identity", e);
    } finally {
      if (!opened) {
        socket.close(); // before kwik receives on it (K2)
      }
    }
  }

  private static ServerConnector connector(
      EndpointConfig config, Identity identity, ListenSocket socket, WakeUpGuard guard)
      throws PoolOpenException, SocketException, CertificateException {
    ServerConnector.Builder builder =
        ServerConnector.builder()
            .withSocket(socket)
            .withLogger(new KwikLog(guard))
            .withConfiguration(
                ServerConnectionConfig.builder()
                    .maxIdleTimeout(millis(config))
                    .maxConnectionBufferSize(config.connectionWindowBytes())
                    .maxBidirectionalStreamBufferSize(config.streamWindowBytes())
                    .maxUnidirectionalStreamBufferSize(config.streamWindowBytes())
                    .maxOpenPeerInitiatedBidirectionalStreams(config.maxIncomingStreams())
                    .maxOpenPeerInitiatedUnidirectionalStreams(0)
                    // K7: with Retry one handshake in fifty fails. Without it the amplification
                    // limit (RFC 9000, section 8.1) still holds: three bytes out for each one in.
                    .retryRequired(false)
                    .build());
    return (identity.curveName().isEmpty()
            ? builder.withKeyStore(identity.keyStore(), Identity.ALIAS, Identity.PASSWORD)
            : builder.withKeyStore(
                identity.keyStore(), Identity.ALIAS, Identity.PASSWORD, identity.curveName()))
        .build();
  }

  private static int millis(EndpointConfig config) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, config.idleTimeout().toMillis()));
  }

  private void start() {
    connector.registerApplicationProtocol(endpoint.config().alpn(), new Factory());
    connector.start();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /**
   * Closes all connections and frees the port. Kwik waits for every connection that it knows, also
   * for those whose handshake failed and which it only forgets in time; an interrupt ends that
   * wait, not the shutdown.
   */
  void close(Workers workers) {
    CountDownLatch ended = new CountDownLatch(1);
    Future<?> closing =
        workers
            .blocking()
            .submit(
                () -> {
                  connector.close();
                  ended.countDown();
                });
    try {
      if (!ended.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        closing.cancel(true);
        ended.await(CLOSE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      closing.cancel(true);
      Thread.currentThread().interrupt();
    }
    socket.close(); // K2: what kwik still does with it, it survives
  }

  /** On kwik's threads, when a handshake has ended: hands the connection off at once. */
  private KwikConnection accept(ServerConnection kwik) {
    InetSocketAddress remote = kwik.getInitialRemoteAddress();
    KwikConnection connection = endpoint.wrap(kwik, remote, socket.use(remote), guard);
    connection.closed().whenComplete((reason, never) -> socket.release(remote));
    connection.attach();
    try {
      listening.verifier().verify(List.of()); // K6: all diallers are anonymous
    } catch (CertificateException | RuntimeException e) {
      connection.refuse(String.valueOf(e.getMessage()));
      return connection;
    }
    if (!endpoint.opened(connection)) {
      connection.refuse("closing");
      return connection;
    }
    try {
      endpoint.config().handlerExecutor().execute(() -> handOver(connection));
    } catch (RejectedExecutionException e) {
      connection.refuse("nobody accepts");
    }
    return connection;
  }

  private void handOver(KwikConnection connection) {
    boolean taken = false;
    try {
      listening.acceptor().accept(connection);
      taken = true;
    } finally {
      if (!taken) {
        connection.close(0, "not accepted"); // it threw: the connection would be nobody's
      }
    }
  }

  private final class Factory implements ApplicationProtocolConnectionFactory {
    @Override
    public ApplicationProtocolConnection createConnection(
        String protocol, QuicConnection connection) {
      KwikConnection accepted = accept((ServerConnection) connection);
      return new ApplicationProtocolConnection() {
        // Kwik makes this the connection's callback, in place of any that was set before.
        @Override
        public void acceptPeerInitiatedStream(QuicStream stream) {
          accepted.accept(stream);
        }
      };
    }

    @Override
    public int maxConcurrentPeerInitiatedUnidirectionalStreams() {
      return 0;
    }

    @Override
    public int maxConcurrentPeerInitiatedBidirectionalStreams() {
      return endpoint.config().maxIncomingStreams();
    }

    @Override
    public boolean enableDatagramExtension() {
      return true;
    }
  }
}

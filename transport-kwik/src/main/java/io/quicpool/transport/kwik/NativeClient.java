package io.quicpool.transport.kwik;

import io.quicpool.Endpoint;
import io.quicpool.InvalidEndpointException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tech.kwik.core.QuicClientConnection;

/** Builds kwik's client connections. Each serves for one attempt to connect (K7). */
final class NativeClient {
  /**
   * K5: with its own check of names off, kwik prints that certificates are not verified. They are,
   * by {@link PeerCheck}, so this property is set while a connection is built and only then: the
   * application may use kwik itself, and then the warning is for it.
   */
  private static final String NO_WARNING = "tech.kwik.core.no-security-warnings";

  private static final ReentrantLock WARNING_LOCK = new ReentrantLock();

  /** K5: what kwik sends as SNI when there is no name to send: a name that is nobody's. */
  private static final String NO_NAME = "quicpool.invalid";

  private NativeClient() {}

  static QuicClientConnection build(
      DialRequest request,
      Duration timeout,
      EndpointConfig config,
      Optional<Identity> identity,
      PeerCheck check,
      DialSocket socket,
      WakeUpGuard guard)
      throws IOException {
    InetSocketAddress address = request.address();
    long windowTenth = Math.max(1500, config.connectionWindowBytes() / 10);
    QuicClientConnection.Builder builder =
        QuicClientConnection.newBuilder()
            .host(sni(request.serverName()))
            .proxy(address.getAddress().getHostAddress()) // where packets go; kwik asks no DNS
            .port(address.getPort())
            .applicationProtocol(config.alpn())
            .connectTimeout(timeout)
            .maxIdleTimeout(idleTimeout(config))
            .maxOpenPeerInitiatedBidirectionalStreams(config.maxIncomingStreams())
            .maxOpenPeerInitiatedUnidirectionalStreams(0)
            .defaultStreamReceiveBufferSize(windowTenth)
            .enableDatagramExtension()
            .logger(new KwikLog(guard))
            .noServerCertificateCheck()
            .customTrustManager(check)
            .socketFactory(destination -> socket);
    identity
        .filter(Identity::canBeShownToServers)
        .ifPresent(
            shown -> builder.clientCertificate(shown.leaf()).clientCertificateKey(shown.key()));
    QuicClientConnection connection = quietly(builder);
    // The builder sets a connection's window as ten times a stream's; this sets the stream's alone.
    connection.setDefaultBidirectionalStreamReceiveBufferSize(
        Math.min(config.streamWindowBytes(), 10 * windowTenth));
    return connection;
  }

  /** Kwik counts it in an int of milliseconds, and takes 10 ms at least. */
  private static Duration idleTimeout(EndpointConfig config) {
    long millis = config.idleTimeout().toMillis();
    return Duration.ofMillis(Math.max(10, Math.min(Integer.MAX_VALUE, millis)));
  }

  private static String sni(String serverName) {
    try {
      Endpoint named = Endpoint.of(serverName, 1);
      return named.isLiteral() ? NO_NAME : named.host();
    } catch (InvalidEndpointException e) {
      return NO_NAME;
    }
  }

  private static QuicClientConnection quietly(QuicClientConnection.Builder builder)
      throws IOException {
    WARNING_LOCK.lock();
    @Nullable String before = System.getProperty(NO_WARNING);
    try {
      System.setProperty(NO_WARNING, "true");
      return builder.build();
    } finally {
      if (before == null) {
        System.clearProperty(NO_WARNING);
      } else {
        System.setProperty(NO_WARNING, before);
      }
      WARNING_LOCK.unlock();
    }
  }
}

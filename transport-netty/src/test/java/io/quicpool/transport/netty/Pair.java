package io.quicpool.transport.netty;

import io.quicpool.QuicStream;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.testkit.TestCertificates;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A netty endpoint that listens and one that dials it, on loopback. */
final class Pair implements AutoCloseable {
  static final String ALPN = "test/1";
  static final TestCertificates CERTIFICATES = TestCertificates.create();

  final ExecutorService executor =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "handler");
            thread.setDaemon(true);
            return thread;
          });
  final BlockingQueue<QuicConnection> accepted = new LinkedBlockingQueue<>();
  final QuicEndpoint server;
  final QuicEndpoint client;

  /** What the listener does with a stream. */
  interface Serve {
    void serve(QuicStream stream) throws Exception;
  }

  Pair(Serve serve) throws Exception {
    this(serve, settings -> settings, settings -> settings);
  }

  Pair(
      Serve serve,
      UnaryOperator<EndpointConfig.Builder> serverSettings,
      UnaryOperator<EndpointConfig.Builder> clientSettings)
      throws Exception {
    Consumer<QuicConnection> acceptor =
        connection -> {
          connection.onStream(
              stream -> {
                try {
                  serve.serve(stream);
                } catch (Exception e) {
                  stream.close();
                }
              });
          accepted.add(connection);
        };
    server =
        new NettyTransport()
            .open(
                serverSettings
                    .apply(
                        EndpointConfig.builder(
                                ALPN, CERTIFICATES.material(CERTIFICATES.localhost()))
                            .listen(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                ClientAuth.NONE,
                                PeerVerifier.ofAnyone(),
                                acceptor)
                            .handlerExecutor(executor))
                    .build());
    client =
        new NettyTransport()
            .open(
                clientSettings
                    .apply(
                        EndpointConfig.builder(ALPN, CERTIFICATES.material())
                            .handlerExecutor(executor))
                    .build());
  }

  static void echo(QuicStream stream) throws Exception {
    stream.input().transferTo(stream.output());
    stream.output().close();
  }

  DialRequest request(PeerVerifier verifier) {
    return request(server.localAddress(), verifier);
  }

  private static DialRequest request(InetSocketAddress address, PeerVerifier verifier) {
    return new DialRequest(address, "localhost", verifier, Duration.ofSeconds(10));
  }

  QuicConnection dial() throws Exception {
    return dial(server.localAddress());
  }

  /** By way of a link to the listener, say. */
  QuicConnection dial(InetSocketAddress address) throws Exception {
    return client
        .connect(request(address, PeerVerifier.ofHost("localhost", CERTIFICATES.trustManager())))
        .get(15, TimeUnit.SECONDS);
  }

  static QuicStream open(QuicConnection connection) throws Exception {
    return connection.openStream().get(15, TimeUnit.SECONDS);
  }

  static byte[] readAll(QuicStream stream) throws Exception {
    InputStream input = stream.input();
    return input.readAllBytes();
  }

  @Override
  public void close() {
    client.close();
    server.close();
    executor.shutdownNow();
  }
}

package io.quicpool.transport.kwik;

import io.quicpool.PoolOpenException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.net.ssl.X509TrustManager;

/** A listener and a dialler on kwik, on the loopback. */
final class Pair implements AutoCloseable {
  static final String ALPN = "test/1";

  private static final KwikTransport KWIK = new KwikTransport();

  final TestCertificates authority = TestCertificates.create();
  final BlockingQueue<QuicConnection> accepted = new LinkedBlockingQueue<>();
  final ExecutorService handlers =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "handler");
            thread.setDaemon(true);
            return thread;
          });
  final QuicEndpoint listener;
  final QuicEndpoint dialler;

  Pair() throws PoolOpenException {
    this(settings -> settings);
  }

  Pair(UnaryOperator<EndpointConfig.Builder> listenerSettings) throws PoolOpenException {
    this(listenerSettings, null);
  }

  Pair(UnaryOperator<EndpointConfig.Builder> listenerSettings, TestIdentity identity)
      throws PoolOpenException {
    TestIdentity shown = identity == null ? authority.localhost() : identity;
    listener =
        KWIK.open(
            listenerSettings
                .apply(EndpointConfig.builder(ALPN, shown.material()).handlerExecutor(handlers))
                .listen(
                    new InetSocketAddress("127.0.0.1", 0),
                    ClientAuth.NONE,
                    PeerVerifier.ofAnyone(),
                    accepted::add)
                .build());
    dialler = dialler(ALPN);
  }

  QuicEndpoint dialler(String alpn) throws PoolOpenException {
    return KWIK.open(
        EndpointConfig.builder(alpn, authority.trusting().load())
            .handlerExecutor(handlers)
            .build());
  }

  X509TrustManager trust() throws PoolOpenException {
    return authority.trusting().load().trust().orElseThrow();
  }

  DialRequest request(String host) throws PoolOpenException {
    return new DialRequest(
        listener.localAddress(), host, PeerVerifier.ofHost(host, trust()), Duration.ofSeconds(5));
  }

  QuicConnection dial() throws Exception {
    return dialler.connect(request("localhost")).get(6, TimeUnit.SECONDS);
  }

  QuicConnection accept() throws InterruptedException {
    return accepted.poll(5, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    dialler.close();
    listener.close();
    handlers.shutdownNow();
  }
}

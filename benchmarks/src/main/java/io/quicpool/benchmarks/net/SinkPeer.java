package io.quicpool.benchmarks.net;

import io.quicpool.PoolOpenException;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.TestCertificates;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A peer that reads every stream to its end and says how much it was. */
final class SinkPeer implements AutoCloseable {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final QuicEndpoint endpoint;

  SinkPeer(QuicTransport transport, TestCertificates authority, String alpn)
      throws PoolOpenException {
    endpoint =
        transport.open(
            EndpointConfig.builder(alpn, authority.material(authority.localhost()))
                .handlerExecutor(threads)
                .listen(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    ClientAuth.NONE,
                    PeerVerifier.ofAnyone(),
                    connection -> connection.onStream(Bulk::sink))
                .build());
  }

  InetSocketAddress address() {
    return endpoint.localAddress();
  }

  @Override
  public void close() {
    endpoint.close();
    threads.shutdownNow();
  }
}

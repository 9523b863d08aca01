package io.quicpool.it;

import io.micrometer.core.instrument.MeterRegistry;
import io.quicpool.AcquireOptions;
import io.quicpool.Fingerprint;
import io.quicpool.Peer;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.inspector.Inspector;
import io.quicpool.jmx.PoolManagement;
import io.quicpool.micrometer.QuicPoolMetrics;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import io.quicpool.testkit.contract.QuicTransportContract;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The samples of the documentation and of the Javadoc, so that they compile; see {@link
 * DocumentationIT}.
 */
@SuppressWarnings({"resource", "try", "unused"}) // they show beginnings
final class Samples {
  private Samples() {}

  void acquire(QuicPool pool, Peer peer) throws IOException {
    pool.acquire(peer, AcquireOptions.defaults().ignoringBackoff());
  }

  void metrics(MeterRegistry registry) throws IOException {
    QuicPool pool = QuicPool.builder().name("chat").with(QuicPoolMetrics.into(registry)).open();
    QuicPool.builder().name("chat").with(QuicPoolMetrics.into(registry)).open();
  }

  void management() throws IOException {
    QuicPool.builder().name("chat").with(PoolManagement.platform()).open();
  }

  void inspector() throws IOException {
    QuicPool.builder().with(Inspector.onLoopback(8080)).open();
    QuicPool.builder().with(Inspector.onLoopback(8484)).open();
  }

  void listening(Path certPem, Path keyPem, Fingerprint bobsFingerprint) throws IOException {
    QuicPool pool =
        QuicPool.builder()
            .alpn("chat/1")
            .tls(Tls.pinning().withIdentity(certPem, keyPem))
            .listen("0.0.0.0:4433")
            .onStream(
                (stream, from) -> {
                  try (stream) {
                    stream.output().write(stream.input().readAllBytes());
                    stream.output().close();
                  }
                })
            .open();
    Peer bob = Peer.pinned(bobsFingerprint, "198.51.100.7:4433");
  }

  void inMemory() throws IOException {
    ManualTime time = new ManualTime();
    InMemoryNetwork network = new InMemoryNetwork(time);
    network.echo(new InetSocketAddress("10.0.0.1", 4433));

    QuicPool pool =
        QuicPool.builder()
            .alpn("chat/1")
            .tls(Tls.insecure())
            .transport(network.transport())
            .time(time)
            .executor(Runnable::run)
            .open();
  }

  void scripted(InMemoryNetwork network, InetSocketAddress address) {
    network.script(address).dials(DialOutcome.failing(new IOException("unreachable")));
    network.script(address).nextDials(DialOutcome.failing(new IOException("once")));
    network.script(address).dials(DialOutcome.held());
    network.pendingDials().get(0).complete();
    network.connections().get(0).dieSilently();
  }

  void badLink(EchoPeer server) throws IOException {
    try (FaultLink link = FaultLink.open(server.address(), 42)) {
      link.rtt(Duration.ofMillis(50));
      link.toListener().loss(0.05);
      Peer peer = Peer.of("127.0.0.1:" + link.address().getPort());
      link.blackhole(true);
      link.heal();
      link.rebind();
    }
  }

  static class MyTransportTest extends QuicTransportContract {
    @Override
    protected QuicTransport dialling() {
      return new MyTransport();
    }

    @Override
    protected QuicTransport listening() {
      return new MyTransport();
    }
  }

  private static final class MyTransport implements QuicTransport {
    @Override
    public String name() {
      return "mine";
    }

    @Override
    public String version() {
      return "1";
    }

    @Override
    public QuicEndpoint open(EndpointConfig config) throws PoolOpenException {
      throw new PoolOpenException(PoolOpenException.Kind.UNSUPPORTED, "it only shows a beginning");
    }
  }
}

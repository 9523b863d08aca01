package io.quicpool.cli;

import io.quicpool.Endpoint;
import io.quicpool.Peer;
import io.quicpool.Tls;
import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.TestCertificates;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Echo peers in this process with a link before each, and the authority that certifies them: each
 * proves the address at which it is dialled.
 */
final class DemoNetwork implements AutoCloseable {
  private static final long SEED = 1; // the links lose nothing, so chance has no part

  private final TestCertificates authority = TestCertificates.create("quicpool demo");
  private final List<EchoPeer> echoes = new ArrayList<>();
  private final List<FaultLink> links = new ArrayList<>();

  private DemoNetwork() {}

  static DemoNetwork open(QuicTransport transport, int peers) throws IOException {
    DemoNetwork network = new DemoNetwork();
    try {
      for (int i = 0; i < peers; i++) {
        EchoPeer echo =
            EchoPeer.open(transport, network.authority.localhost(), Arguments.DEFAULT_ALPN);
        network.echoes.add(echo);
        network.links.add(FaultLink.open(echo.address(), SEED));
      }
      return network;
    } catch (IOException | RuntimeException | LinkageError e) {
      network.close();
      throw e;
    }
  }

  /** Trusts the authority of this run, and no other. */
  Tls tls() {
    return authority.trusting();
  }

  /** The peers, as they are dialled through their links. */
  List<Peer> peers() {
    return links.stream().map(link -> Peer.of(endpoint(link))).toList();
  }

  /** Where the peers are dialled, through their links. */
  List<Endpoint> endpoints() {
    return links.stream().map(DemoNetwork::endpoint).toList();
  }

  private static Endpoint endpoint(FaultLink link) {
    InetSocketAddress address = link.address();
    return Endpoint.of(address.getAddress().getHostAddress(), address.getPort());
  }

  void setRoundTrip(Duration rtt) {
    links.forEach(link -> link.rtt(rtt));
  }

  /** Adds round trips of bare UDP over a link as they are set now. */
  void measureLink(int count, Samples target) throws IOException {
    for (long micros : links.get(0).measureRtt(count).sortedMicros()) {
      target.add(TimeUnit.MICROSECONDS.toNanos(micros));
    }
  }

  @Override
  public void close() {
    echoes.forEach(EchoPeer::close); // first, so that their farewells still find their way
    links.forEach(FaultLink::close);
  }
}

package io.quicpool.benchmarks.net;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** A peer behind a link, which is dialled anew for each message, or not. */
final class ColdPeer implements AutoCloseable {
  private static final int BYTES = 64;

  private final EchoPeer echo;
  private final FaultLink link;
  private final QuicPool pool;
  private final Peer peer;
  private final BareStack alone;
  private final Optional<BareStack> byDefault;
  private final Random random = new Random(1);

  ColdPeer(ColdTable.Line line) throws IOException {
    TestCertificates authority = TestCertificates.create("benchmarks");
    TestIdentity identity = authority.localhost();
    EchoPeer.Builder builder =
        EchoPeer.on(line.to().transport(), authority.localhost().identity(), Echoes.ALPN);
    if (line.mutual()) {
      builder.clientAuth(ClientAuth.REQUIRED, PeerVerifier.ofClient(authority.trustManager()));
    }
    echo = builder.open();
    link = FaultLink.open(echo.address(), 1);
    InetSocketAddress address = link.address();
    peer = Peer.of(address.getAddress().getHostAddress() + ":" + address.getPort());
    Tls tls = line.mutual() ? authority.trusting(identity) : authority.trusting();
    pool = QuicPool.builder().alpn(Echoes.ALPN).tls(tls).transport(line.from().transport()).open();
    if (line.from() == Stack.NETTY) {
      Optional<TestIdentity> shown = line.mutual() ? Optional.of(identity) : Optional.empty();
      alone =
          new BareNetty(
              Echoes.ALPN, authority.trustManager(), shown, BareNetty.Connect.ONE_ROUND_TRIP);
      byDefault =
          Optional.of(
              new BareNetty(
                  Echoes.ALPN, authority.trustManager(), shown, BareNetty.Connect.DEFAULT));
    } else {
      alone = line.from().bare(Echoes.ALPN, authority.trustManager());
      byDefault = Optional.empty();
    }
  }

  void rtt(Duration rtt) {
    link.rtt(rtt);
  }

  /** Compiles what is measured, over the link while it adds nothing. */
  void warmUp(int dials) throws IOException {
    coldPooledMillis(dials);
    coldAloneMillis(dials);
    if (byDefault.isPresent()) {
      coldDefaultMillis(dials);
    }
    pooledMillis(10 * dials);
  }

  /** The median of bare UDP over the link. */
  double measureRttMillis(int count) throws IOException {
    return link.measureRtt(count).p50Micros() / 1e3;
  }

  /** The median of acquire and first message, by a pool that has no connection to the peer. */
  double coldPooledMillis(int count) throws IOException {
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      pool.invalidate(peer);
      long dials = pool.stats().dials();
      millis[i] = timed(this::overThePool);
      if (pool.stats().dials() != dials + 1) {
        throw new IllegalStateException("a cold acquire must dial once");
      }
    }
    pool.invalidate(peer);
    return median(millis);
  }

  /** The median of a message over a pooled connection. */
  double pooledMillis(int count) throws IOException {
    timed(this::overThePool);
    long dials = pool.stats().dials();
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      millis[i] = timed(this::overThePool);
    }
    if (pool.stats().dials() != dials) {
      throw new IllegalStateException("a pooled connection must not be dialled for");
    }
    return median(millis);
  }

  /** The median of connect and first message with the stack alone. */
  double coldAloneMillis(int count) throws IOException {
    return coldMillis(alone, count);
  }

  /** The same with a connect as the stack does it by default. */
  double coldDefaultMillis(int count) throws IOException {
    return coldMillis(byDefault.orElseThrow(), count);
  }

  private double coldMillis(BareStack stack, int count) throws IOException {
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      BareConnection[] made = new BareConnection[1];
      millis[i] =
          timed(
              request -> {
                made[0] = stack.connect(link.address());
                return made[0].exchange(request);
              });
      made[0].close();
    }
    return median(millis);
  }

  private byte[] overThePool(byte[] request) throws IOException {
    try (QuicStream stream = pool.openStream(peer)) {
      stream.output().write(request);
      stream.output().close();
      return stream.input().readAllBytes();
    }
  }

  private interface Exchange {
    byte[] with(byte[] request) throws IOException;
  }

  private double timed(Exchange exchange) throws IOException {
    byte[] request = new byte[BYTES];
    random.nextBytes(request);
    long start = System.nanoTime();
    byte[] reply = exchange.with(request);
    double millis = (System.nanoTime() - start) / 1e6;
    Messages.check(request, reply);
    return millis;
  }

  private static double median(double[] millis) {
    Arrays.sort(millis);
    return millis[millis.length / 2];
  }

  @Override
  public void close() {
    pool.close();
    alone.close();
    byDefault.ifPresent(BareStack::close);
    echo.close();
    link.close();
  }
}

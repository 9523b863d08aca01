package io.quicpool.benchmarks.net;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.benchmarks.report.Duel;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A peer behind a link, which is dialled anew for each message, or not. */
final class ColdPeer implements AutoCloseable {
  private final EchoPeer echo;
  private final FaultLink link;
  private final Peer peer;
  private final PooledTalker pooled;
  private final BareStack alone;
  private final Optional<BareStack> byDefault;
  private final SplittableRandom random = new SplittableRandom(1);

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
    peer = Echoes.at(address);
    Tls tls = line.mutual() ? authority.trusting(identity) : authority.trusting();
    pooled = new PooledTalker(Echoes.builder(line.from(), tls).open(), List.of(peer));
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
    QuicPool pool = pooled.pool();
    for (int i = 0; i < count; i++) {
      pool.invalidate(peer);
      long dials = pool.stats().dials();
      millis[i] = pooledMillis();
      if (pool.stats().dials() != dials + 1) {
        throw new IllegalStateException("a cold acquire must dial once");
      }
    }
    pool.invalidate(peer);
    return Duel.median(millis);
  }

  /** The median of a message over a pooled connection. */
  double pooledMillis(int count) throws IOException {
    pooledMillis();
    QuicPool pool = pooled.pool();
    long dials = pool.stats().dials();
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      millis[i] = pooledMillis();
    }
    if (pool.stats().dials() != dials) {
      throw new IllegalStateException("a pooled connection must not be dialled for");
    }
    return Duel.median(millis);
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
          millis(
              request -> {
                made[0] = stack.connect(link.address());
                return made[0].exchange(request);
              });
      made[0].close();
    }
    return Duel.median(millis);
  }

  private double pooledMillis() throws IOException {
    return millis(request -> pooled.exchange(0, request));
  }

  private double millis(Messages.Exchange exchange) throws IOException {
    return Messages.nanos(random, exchange) / 1e6;
  }

  @Override
  public void close() {
    pooled.close();
    alone.close();
    byDefault.ifPresent(BareStack::close);
    echo.close();
    link.close();
  }
}

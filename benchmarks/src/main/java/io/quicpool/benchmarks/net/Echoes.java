package io.quicpool.benchmarks.net;

import io.quicpool.Endpoint;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.TestCertificates;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Echo peers of a stack in this process, and both ways to talk to them. */
final class Echoes implements AutoCloseable {
  static final String ALPN = "bench/1";

  private final Stack stack;
  private final TestCertificates authority = TestCertificates.create("benchmarks");
  private final List<EchoPeer> peers = new ArrayList<>();

  Echoes(Stack stack, int count) throws IOException {
    this.stack = stack;
    for (int i = 0; i < count; i++) {
      peers.add(EchoPeer.open(stack.transport(), authority.localhost(), ALPN));
    }
  }

  PooledTalker pooled() throws IOException {
    List<Peer> all = peers.stream().map(EchoPeer::peer).toList();
    return new PooledTalker(builder().open(), all);
  }

  Talker bare() throws IOException {
    return new BareTalker(stack.bare(ALPN, authority.trustManager()), addresses());
  }

  /** A pool that can dial them. */
  PoolBuilder builder() {
    return builder(stack, authority.trusting());
  }

  /** A pool for peers of this protocol, dialled over that stack. */
  static PoolBuilder builder(Stack stack, Tls tls) {
    return QuicPool.builder().alpn(ALPN).tls(tls).transport(stack.transport());
  }

  /** Whoever listens at that address of this machine. */
  static Peer at(InetSocketAddress address) {
    return Peer.of(Endpoint.of(address.getAddress().getHostAddress(), address.getPort()));
  }

  private List<InetSocketAddress> addresses() {
    return peers.stream().map(EchoPeer::address).toList();
  }

  /** Where the first of them is. */
  Endpoint endpoint() {
    return peers.get(0).endpoint();
  }

  /** How many streams all of them have answered. */
  long streams() {
    return peers.stream().mapToLong(EchoPeer::streams).sum();
  }

  @Override
  public void close() {
    peers.forEach(EchoPeer::close);
  }
}

package io.quicpool.it;

import io.quicpool.ConnectionView;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** A peer among peers: a pool that dials and listens, is known by its key, and echoes. */
final class Member implements AutoCloseable {
  final TestIdentity identity;
  final QuicPool pool;
  final Recorder told = new Recorder();
  private final Queue<ConnectionView> served = new ConcurrentLinkedQueue<>();

  Member(String transport, TestIdentity identity, Consumer<PoolBuilder> settings)
      throws IOException {
    this.identity = identity;
    PoolBuilder builder =
        QuicPool.builder()
            .alpn(Talk.PROTOCOL)
            .tls(identity.pinning())
            .transport(transport)
            .eviction("lru")
            .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .listener(told)
            .onStream(this::echo);
    settings.accept(builder);
    this.pool = builder.open();
  }

  static TestIdentity identity() {
    return Talk.CA.leaf().dns("localhost").selfSigned().issue();
  }

  private void echo(QuicStream stream, ConnectionView from) throws IOException {
    served.add(from);
    try (stream) {
      stream.output().write(stream.input().readAllBytes());
      stream.output().close();
    }
  }

  /** On which connections streams were served, in order. */
  Queue<ConnectionView> served() {
    return served;
  }

  Peer peer() {
    return Peer.pinned(
        identity.fingerprint(), "127.0.0.1:" + pool.listenAddress().orElseThrow().getPort());
  }

  /** What stands in the pool for the other one. */
  ConnectionView viewOf(Member other) throws IOException {
    try (Lease lease = pool.tryAcquire(other.peer()).orElseThrow()) {
      return lease.connection();
    }
  }

  @Override
  public void close() {
    pool.close(Duration.ofSeconds(1));
  }
}

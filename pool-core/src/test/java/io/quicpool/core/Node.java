package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.quicpool.ConnectionView;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A pool that dials and listens, pinned by its key, in a network that it shares with others. */
final class Node {
  final InetSocketAddress address;
  final TestIdentity identity;
  final Events events = new Events();
  final TaskQueue tasks = new TaskQueue();
  final List<QuicStream> streams = new ArrayList<>();
  final List<ConnectionView> from = new ArrayList<>();
  final QuicPool pool;
  private final ManualTime time;

  /** The number is the node's address, as in {@link Scene}. */
  Node(
      InMemoryNetwork network,
      ManualTime time,
      int number,
      TestIdentity identity,
      Consumer<PoolBuilder> settings)
      throws PoolOpenException {
    this.time = time;
    this.address = Scene.address(number);
    this.identity = identity;
    PoolBuilder builder =
        QuicPool.builder()
            .alpn("test/1")
            .tls(identity.pinning())
            .transport(network.transport())
            .time(time)
            .executor(tasks)
            .listener(events)
            .listen(address)
            .onStream(this::handle);
    settings.accept(builder);
    this.pool = builder.open();
  }

  private void handle(QuicStream stream, ConnectionView view) {
    streams.add(stream);
    from.add(view);
  }

  /** Who this is to others, and where. */
  Peer peer() {
    return Peer.pinned(
        identity.fingerprint(), address.getAddress().getHostAddress() + ":" + address.getPort());
  }

  Lease lease(Node other) {
    var asked = pool.acquireAsync(other.peer());
    settle(other);
    return PoolTest.served(asked);
  }

  /** Runs what both have to do, until neither has. */
  void settle(Node other) {
    while (tasks.runAll() + other.tasks.runAll() > 0) {}
  }

  /** Writes a message that nobody answers. */
  QuicStream send(Node other) throws IOException {
    QuicStream stream = lease(other).openStream();
    stream.output().write(1);
    stream.output().close();
    settle(other);
    return stream;
  }

  void endStreams() {
    streams.forEach(QuicStream::close);
    streams.clear();
    tasks.runAll();
  }

  PoolStats stats() {
    return pool.stats();
  }

  void advance(Duration duration) {
    time.advance(duration);
    tasks.runAll();
  }

  void closeAndCheck() {
    pool.close(Duration.ZERO);
    tasks.runAll();
    PoolStats stats = stats();
    assertEquals(0, stats.open(), "open");
    assertEquals(0, stats.draining(), "draining");
    assertEquals(0, stats.inbound(), "inbound");
    assertEquals(stats.opened(), stats.closed(), "opened and closed");
    events.views().forEach(view -> assertFalse(view.isOpen(), view::toString));
  }
}

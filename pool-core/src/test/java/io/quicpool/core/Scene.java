package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import io.quicpool.testkit.PeerScript;
import io.quicpool.testkit.PendingDial;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A pool, the network that it dials into and the time that it lives in. Peers have numbers; they
 * echo. Everything happens on the calling thread unless a setting changes that.
 */
final class Scene {
  private static final int PORT = 4433;

  final ManualTime time;
  final InMemoryNetwork network;
  final Events events = new Events();
  final QuicPool pool;
  private final Set<Integer> known = new HashSet<>();

  Scene(Consumer<PoolBuilder> settings) throws PoolOpenException {
    this(new ManualTime(), settings);
  }

  Scene(ManualTime time, Consumer<PoolBuilder> settings, Capability... missing)
      throws PoolOpenException {
    this.time = time;
    this.network = new InMemoryNetwork(time);
    PoolBuilder builder =
        QuicPool.builder()
            .alpn("test/1")
            .tls(Tls.insecure())
            .transport(network.transport().without(missing))
            .time(time)
            .executor(Runnable::run)
            .listener(events);
    settings.accept(builder);
    this.pool = builder.open();
  }

  // Peers.

  static String text(int number) {
    return "10." + (number >> 16) + "." + (number >> 8 & 255) + "." + (number & 255) + ":" + PORT;
  }

  static InetSocketAddress address(int number) {
    return new InetSocketAddress(Endpoint.parse(text(number)).literalAddress().orElseThrow(), PORT);
  }

  /** Somebody at that number's address, who answers. */
  Peer peer(int number) {
    script(number);
    return Peer.of(text(number));
  }

  PeerScript script(int number) {
    InetSocketAddress address = address(number);
    return known.add(number) ? network.echo(address) : network.script(address);
  }

  /** Somebody who answers, and allows that many streams at a time. */
  Peer limited(int number, int streams) {
    known.add(number);
    network.echo(address(number), Optional.empty(), streams);
    return peer(number);
  }

  /** From now on somebody with that identity answers at that number's address. */
  void answers(int number, TlsIdentity identity, int streams) {
    if (!known.add(number)) {
      network.remove(address(number));
    }
    network.echo(address(number), Optional.of(identity), streams);
  }

  /** From now on dials to that peer wait for the test. */
  Peer held(int number) {
    script(number).dials(DialOutcome.held());
    return peer(number);
  }

  PendingDial onlyDial() {
    // A caller on a thread of its own waits before it dials: the dial is an effect of the decision.
    Background.until(() -> !network.pendingDials().isEmpty());
    List<PendingDial> pending = network.pendingDials();
    assertEquals(1, pending.size(), () -> "dials in flight: " + pending);
    return pending.get(0);
  }

  /** The newest connection that was dialled to that peer. */
  InMemoryConnection connection(int number) {
    List<InMemoryConnection> all = script(number).connections();
    return all.get(all.size() - 1);
  }

  /** A connection to that peer which is not in the pool. */
  InMemoryConnection unpooled(int number) throws IOException {
    script(number);
    return (InMemoryConnection) pool.connect(Endpoint.parse(text(number)));
  }

  // The pool.

  CompletableFuture<Lease> ask(int number) {
    return pool.acquireAsync(peer(number));
  }

  /** A lease on that peer, which can be had at once. */
  Lease lease(int number) {
    return PoolTest.served(ask(number));
  }

  void use(int... numbers) {
    for (int number : numbers) {
      lease(number).close();
    }
  }

  boolean holds(int number) {
    return pool.connectedPeers().contains(peer(number));
  }

  void advance(Duration duration) {
    time.advance(duration);
  }

  PoolStats stats() {
    return pool.stats();
  }

  void closeAndCheck() {
    pool.close(Duration.ZERO);
    PoolStats stats = stats();
    assertEquals(0, stats.open(), "open");
    assertEquals(0, stats.dialling(), "dialling");
    assertEquals(0, stats.draining(), "draining");
    assertEquals(0, stats.waiting(), "waiting");
    assertEquals(stats.opened(), stats.closed(), "opened and closed");
    assertEquals(
        stats.dials(),
        stats.dialsFailed() + events.countOf(Origin.DIALLED),
        "every dial failed or was pooled");
    assertEquals(0, network.open(), "open in the network");
    for (InMemoryConnection connection : network.connections()) {
      assertFalse(connection.isOpen(), () -> "not closed: " + connection);
      int calls = connection.closeCalls().size();
      if (events.pooled(connection)) {
        assertEquals(1, calls, () -> "closings of " + connection);
      } else {
        assertTrue(calls <= 1, () -> "closings of " + connection);
      }
    }
  }
}

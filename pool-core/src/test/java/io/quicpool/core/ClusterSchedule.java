package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireOptions;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolStats;
import io.quicpool.QuicStream;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import io.quicpool.testkit.PendingDial;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One random life of a few pools that dial one another, in virtual time: each has tasks of its own,
 * which run when the schedule says so. After every step all pools must add up.
 */
final class ClusterSchedule implements Seeds.Schedule {
  private static final int NODES = 3;
  private static final Duration ACQUIRE = Duration.ofSeconds(3);

  private record Request(Node node, long deadlineNanos, CompletableFuture<Lease> future) {}

  private final Random random;
  private final ManualTime time = new ManualTime();
  private final InMemoryNetwork network = new InMemoryNetwork(time);
  private final List<Node> nodes = new ArrayList<>();
  private final List<Integer> perPeer = new ArrayList<>();
  private final List<Request> waiting = new ArrayList<>();
  private final List<Lease> leases = new ArrayList<>();
  private final List<QuicStream> streams = new ArrayList<>();
  private final Set<InMemoryConnection> silent = new HashSet<>();
  private final List<String> log = new ArrayList<>();
  private final int max;

  ClusterSchedule(long seed, List<TestIdentity> identities) throws Exception {
    random = new Random(seed);
    max = 1 + random.nextInt(4);
    for (int i = 0; i < NODES; i++) {
      int lifetime = random.nextInt(3);
      int grace = random.nextInt(2);
      int most = 1 + random.nextInt(Math.min(2, max));
      perPeer.add(most);
      nodes.add(
          new Node(
              network,
              time,
              i + 1,
              identities.get(i),
              builder -> {
                builder
                    .maxConnections(max)
                    .maxInbound(1 + random.nextInt(max))
                    .maxConnectionsPerPeer(most)
                    .maxIncomingStreams(1 + random.nextInt(3))
                    .maxPending(random.nextInt(4))
                    .idleTimeout(Duration.ofSeconds(10))
                    .acquireTimeout(ACQUIRE)
                    .connectTimeout(Duration.ofSeconds(2))
                    .grace(Duration.ofSeconds(grace));
                if (lifetime > 0) {
                  builder.maxLifetime(Duration.ofSeconds(7L * lifetime));
                }
              }));
    }
  }

  static int nodes() {
    return NODES;
  }

  @Override
  public void run(int steps) throws Exception {
    for (int i = 0; i < steps; i++) {
      step();
      settleRequests();
      check();
    }
    log.add("heal");
    silent.forEach(InMemoryConnection::revive);
    for (Node node : nodes) {
      network.script(node.address).heal();
      for (Node other : nodes) {
        node.pool.coolDown(other.peer());
      }
    }
    network.pendingDials().forEach(PendingDial::complete);
    for (int i = 0; i < 20; i++) {
      runAllTasks();
      settleRequests();
      time.advance(Duration.ofSeconds(1));
    }
    runAllTasks();
    settleRequests();
    assertTrue(waiting.isEmpty(), "somebody waits for ever");
    streams.forEach(QuicStream::close);
    leases.forEach(Lease::close);
    for (Node node : nodes) {
      node.endStreams();
      node.pool.close(Duration.ZERO);
    }
    runAllTasks();
    for (Node node : nodes) {
      PoolStats stats = node.stats();
      assertEquals(0, stats.open() + stats.draining() + stats.dialling(), stats::toString);
      assertEquals(0, stats.inbound() + stats.waiting() + stats.leased(), stats::toString);
      assertEquals(stats.opened(), stats.closed(), stats::toString);
      node.events.views().forEach(view -> assertTrue(!view.isOpen(), view::toString));
    }
    assertEquals(0, network.open(), "open in the network");
  }

  private void runAllTasks() {
    int ran;
    do {
      ran = 0;
      for (Node node : nodes) {
        ran += node.tasks.runAll();
      }
    } while (ran > 0);
  }

  private Node any() {
    return nodes.get(random.nextInt(NODES));
  }

  private Node other(Node node) {
    Node other = any();
    return other == node ? other(node) : other;
  }

  private void step() throws Exception {
    Node node = any();
    Node other = other(node);
    int kind = random.nextInt(22);
    log.add(kind + ":" + nodes.indexOf(node) + ">" + nodes.indexOf(other));
    switch (kind) {
      case 0, 1, 2, 3 -> ask(node, other);
      case 4, 5 -> giveBack();
      case 6, 7, 8 -> node.tasks.runAll();
      case 9 -> openStream();
      case 10 -> endStream();
      case 11 -> node.endStreams();
      case 12 -> hold(other);
      case 13 -> endADial();
      case 14 -> silence();
      case 15 -> node.pool.onNetworkChange();
      case 16 -> warm(node, other);
      case 17 -> protect(node, other);
      case 18 -> node.pool.invalidate(other.peer());
      case 19 -> lose();
      default ->
          time.advance(Duration.ofMillis(random.nextInt(random.nextInt(6) == 0 ? 9_000 : 700)));
    }
  }

  private void ask(Node node, Node other) {
    Peer peer = random.nextInt(4) == 0 ? Peer.pinned(other.identity.fingerprint()) : other.peer();
    AcquireOptions options = AcquireOptions.defaults();
    CompletableFuture<Lease> future =
        node.pool.acquireAsync(peer, random.nextBoolean() ? options : options.ignoringBackoff());
    waiting.add(new Request(node, time.nanos() + ACQUIRE.toNanos(), future));
    if (random.nextInt(8) == 0) {
      future.cancel(false);
    }
  }

  private void giveBack() {
    if (!leases.isEmpty()) {
      Lease lease = leases.remove(random.nextInt(leases.size()));
      if (random.nextInt(6) == 0) {
        lease.reportFailure(new IOException("odd"));
      }
      lease.close();
    }
  }

  private void openStream() {
    if (!leases.isEmpty()) {
      CompletableFuture<QuicStream> opening =
          leases.get(random.nextInt(leases.size())).openStreamAsync();
      opening.whenComplete(
          (stream, failure) -> {
            if (stream != null) {
              streams.add(stream);
              try {
                stream.output().write(1);
                stream.output().flush();
              } catch (IOException e) {
                log.add("a stream failed: " + e);
              }
            }
          });
    }
  }

  private void endStream() {
    if (!streams.isEmpty()) {
      streams.remove(random.nextInt(streams.size())).close();
    }
  }

  private void hold(Node other) {
    network
        .script(other.address)
        .dials(
            switch (random.nextInt(4)) {
              case 0 -> DialOutcome.held();
              case 1 -> DialOutcome.held().ignoringCancel();
              case 2 -> DialOutcome.failing(() -> new IllegalStateException("scripted"));
              default -> DialOutcome.answered();
            });
  }

  private void endADial() {
    List<PendingDial> pending = network.pendingDials();
    if (!pending.isEmpty()) {
      PendingDial dial = pending.get(random.nextInt(pending.size()));
      if (random.nextInt(4) == 0) {
        dial.fail(new IllegalStateException("refused"));
      } else {
        dial.complete();
      }
    }
  }

  private void silence() {
    List<InMemoryConnection> all = network.connections();
    if (!all.isEmpty()) {
      InMemoryConnection one = all.get(random.nextInt(all.size()));
      if (silent.remove(one)) {
        one.revive();
      } else if (one.isOpen()) {
        silent.add(one);
        one.dieSilently();
      }
    }
  }

  private void lose() {
    List<InMemoryConnection> all =
        network.connections().stream().filter(InMemoryConnection::isOpen).toList();
    if (!all.isEmpty()) {
      all.get(random.nextInt(all.size())).lose();
    }
  }

  private void warm(Node node, Node other) {
    if (random.nextBoolean()) {
      node.pool.keepWarm(other.peer());
    } else {
      node.pool.coolDown(other.peer());
    }
  }

  private void protect(Node node, Node other) {
    if (random.nextBoolean()) {
      try {
        node.pool.protect(other.peer());
      } catch (PoolExhaustedException e) {
        log.add("too many are protected");
      }
    } else {
      node.pool.unprotect(other.peer());
    }
  }

  private void settleRequests() {
    for (Request request : List.copyOf(waiting)) {
      if (request.future().isDone()) {
        waiting.remove(request);
        if (!request.future().isCompletedExceptionally()) {
          leases.add(request.future().join());
        }
      } else if (request.node().tasks.size() == 0) {
        assertTrue(time.nanos() - request.deadlineNanos() < 0, "waits beyond its deadline (I6)");
      }
    }
  }

  private void check() {
    for (Node node : nodes) {
      PoolStats stats = node.stats();
      assertTrue(stats.open() + stats.dialling() <= max, () -> "I1: " + stats);
      assertEquals(stats.opened(), stats.closed() + stats.open() + stats.draining(), "I10");
      int most = perPeer.get(nodes.indexOf(node));
      int peers = node.pool.connectedPeers().size();
      assertTrue(peers <= stats.open() && stats.open() <= peers * most, "I10");
      // What takes the place of its peer's own may be over the limit while that drains.
      assertTrue(stats.inbound() <= max + NODES, () -> "inbound: " + stats);
      assertTrue(stats.idle() + stats.suspect() <= stats.open(), stats::toString);
      if (stats.waiting() > 0 && stats.dialling() == 0 && stats.suspect() == 0) {
        assertEquals(max, stats.open(), () -> "I8: waits beside room: " + stats);
      }
    }
  }

  @Override
  public String toString() {
    return "max " + max + ", of a peer " + perPeer + ": " + log;
  }
}

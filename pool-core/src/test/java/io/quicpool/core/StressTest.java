package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import io.quicpool.spi.QuicConnection;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.InMemoryNetwork;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real threads, real time, everything at once. */
@Timeout(60)
class StressTest {
  private static final int THREADS = 8;
  private static final int PEERS = 16;
  private static final int MAX = 4;
  private static final int ROUNDS = 5_000;

  private final InMemoryNetwork network = new InMemoryNetwork();
  private final Set<InMemoryConnection> killed = ConcurrentHashMap.newKeySet();
  private final Set<QuicConnection> notPooled = ConcurrentHashMap.newKeySet();
  private final AtomicLong acquired = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();
  private final CountDownLatch working = new CountDownLatch(THREADS);

  private QuicPool open() throws Exception {
    for (int n = 1; n <= PEERS; n++) {
      network.echo(Scene.address(n));
    }
    return QuicPool.builder()
        .alpn("test/1")
        .tls(Tls.insecure())
        .transport(network.transport())
        .maxConnections(MAX)
        .idleTimeout(Duration.ofMillis(20))
        .probeAfter(Duration.ofMillis(10))
        .maxBackoff(Duration.ofMillis(1))
        .open();
  }

  @Test
  void everythingAddsUpWhenThreadsAcquireHoldInvalidateKillPutAndLeave() throws Exception {
    QuicPool pool = open();
    List<Background<Boolean>> workers = new ArrayList<>();
    for (int w = 0; w < THREADS; w++) {
      Random random = new Random(w);
      workers.add(Background.call(() -> work(pool, random)));
    }
    while (working.getCount() > 0) {
      PoolStats stats = pool.stats();
      assertTrue(stats.open() + stats.dialling() <= MAX, stats::toString);
      assertTrue(stats.idle() <= stats.open(), stats::toString);
      Thread.yield();
    }
    for (Background<Boolean> worker : workers) {
      assertTrue(worker.result());
    }

    Background.until(() -> isAtRest(pool.stats())); // leases on their way to who has cancelled
    PoolStats stats = pool.stats();
    assertEquals(0, stats.leased(), stats::toString);
    assertEquals(0, stats.streams(), stats::toString);
    assertEquals(0, stats.waiting(), stats::toString);
    assertEquals(0, stats.dialling(), stats::toString);
    assertEquals(0, stats.draining(), stats::toString);
    assertEquals(stats.idle(), stats.open(), stats::toString);
    assertEquals(requests.get(), stats.requests(), stats::toString);
    assertTrue(acquired.get() <= stats.acquired(), stats::toString);
    assertTrue(acquired.get() > ROUNDS, () -> "too few to count: " + acquired + ", " + stats);

    pool.close(Duration.ZERO);
    PoolStats end = pool.stats();
    assertEquals(end.opened(), end.closed(), end::toString);
    assertEquals(0, network.open());
    for (InMemoryConnection connection : network.connections()) {
      int calls = connection.closeCalls().size();
      assertTrue(calls <= 1, () -> calls + " closings of " + connection);
      assertTrue(calls == 1 || notPooled.contains(connection), () -> "lost: " + connection);
    }
  }

  private static boolean isAtRest(PoolStats stats) {
    return stats.leased() + stats.streams() + stats.waiting() + stats.draining() == 0;
  }

  private boolean work(QuicPool pool, Random random) throws Exception {
    try {
      for (int round = 0; round < ROUNDS; round++) {
        int n = 1 + random.nextInt(PEERS);
        Peer peer = Peer.of(Scene.text(n));
        switch (random.nextInt(16)) {
          case 0 -> put(pool, n, random);
          case 1 -> pool.invalidate(peer);
          case 2 -> leave(pool, peer, random);
          case 3 -> stream(pool, peer);
          case 4 -> interrupted(pool, peer);
          case 5 -> network.script(Scene.address(n)).nextDials(failing());
          default -> hold(pool, peer, random);
        }
      }
      return true;
    } finally {
      working.countDown();
    }
  }

  private static DialOutcome failing() {
    return DialOutcome.failing(() -> new IllegalStateException("scripted"));
  }

  private void hold(QuicPool pool, Peer peer, Random random) throws IOException {
    requests.incrementAndGet();
    try (Lease lease = pool.acquire(peer)) {
      acquired.incrementAndGet();
      assertEquals(peer, lease.connection().peer());
      InMemoryConnection connection =
          lease.connection().unwrap(InMemoryConnection.class).orElseThrow();
      for (int spin = random.nextInt(200); spin > 0; spin--) {
        Thread.onSpinWait();
      }
      switch (random.nextInt(30)) {
        case 0 -> lease.invalidate();
        case 1 -> {
          killed.add(connection);
          connection.lose();
        }
        case 2 -> Thread.yield();
        default -> {}
      }
      assertTrue(
          connection.isOpen() || killed.contains(connection),
          () -> "closed under its holder: " + connection);
    } catch (PoolException e) {
      refused.incrementAndGet();
    }
  }

  private void put(QuicPool pool, int n, Random random) throws IOException {
    InMemoryConnection connection;
    try {
      connection = (InMemoryConnection) pool.connect(Endpoint.parse(Scene.text(n)));
    } catch (PoolException e) {
      return; // a scripted failure
    }
    Peer peer = random.nextBoolean() ? Peer.of(Scene.text(n)) : Peer.named("named " + n);
    if (!pool.put(peer, connection).isPooled()) {
      notPooled.add(connection);
      assertTrue(connection.isOpen(), "a refused connection stays open");
      connection.close(0, "mine");
    }
  }

  private void leave(QuicPool pool, Peer peer, Random random) {
    requests.incrementAndGet();
    CompletableFuture<Lease> asked = pool.acquireAsync(peer);
    if (random.nextBoolean()) {
      Thread.yield();
    }
    if (!asked.cancel(false)) {
      asked.whenComplete(
          (lease, failure) -> {
            if (lease != null) {
              lease.close();
            }
          });
    }
  }

  private void stream(QuicPool pool, Peer peer) throws IOException {
    try (QuicStream stream = streamOfALeaseClosedEarly(pool, peer)) {
      stream.output().write(1);
      stream.output().close();
      assertEquals(1, stream.input().readAllBytes().length);
    } catch (PoolException e) {
      refused.incrementAndGet();
    } finally {
      requests.incrementAndGet();
    }
  }

  private static QuicStream streamOfALeaseClosedEarly(QuicPool pool, Peer peer) throws IOException {
    try (Lease lease = pool.acquire(peer)) {
      return lease.openStream();
    }
  }

  private void interrupted(QuicPool pool, Peer peer) throws IOException {
    requests.incrementAndGet();
    Thread.currentThread().interrupt();
    try (Lease lease = pool.acquire(peer)) {
      lease.openStream().close();
    } catch (InterruptedIOException | PoolException e) {
      refused.incrementAndGet();
    } finally {
      boolean unused = Thread.interrupted();
    }
  }
}

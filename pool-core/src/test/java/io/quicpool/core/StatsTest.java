package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolStats;
import io.quicpool.QuicStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StatsTest extends PoolTest {

  @Test
  void everyNumberSaysWhatItShould() throws Exception {
    Scene scene = open(max(3));
    scene.use(1, 1);
    Lease leased = scene.lease(2);
    QuicStream stream = leased.openStream();
    scene.held(3);
    var dialling = scene.ask(3);
    scene.pool.invalidate(scene.peer(2));

    PoolStats stats = scene.stats();
    assertEquals(
        new PoolStats(1, 3, 3, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 3),
        stats);
    assertEquals(4, stats.requests());
    assertEquals(2, stats.released());
    assertWaits(dialling);
    stream.close();
  }

  @Test
  void everySnapshotAddsUpWhileThreadsAreAtWork() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(4));
    for (int n = 1; n <= 8; n++) {
      scene.peer(n); // before threads ask for it
    }
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong acquired = new AtomicLong();
    List<Background<Boolean>> workers = new ArrayList<>();
    for (int w = 0; w < 4; w++) {
      Random random = new Random(w);
      workers.add(
          Background.call(
              () -> {
                while (!stop.get()) {
                  int n = 1 + random.nextInt(8);
                  try (Lease lease = scene.pool.acquire(Peer.of(Scene.text(n)))) {
                    acquired.incrementAndGet();
                    if (random.nextInt(50) == 0) {
                      lease.invalidate();
                    }
                  }
                }
                return true;
              }));
    }
    PoolStats before = scene.stats();
    for (int i = 0; i < 3_000; i++) {
      PoolStats now = scene.stats();
      assertEquals(now.requests(), now.hits() + now.misses());
      assertEquals(now.acquired(), now.released() + now.leased());
      assertEquals(now.opened(), now.closed() + now.open() + now.draining());
      assertTrue(now.open() + now.dialling() <= 4, now::toString);
      assertTrue(now.leased() >= 0 && now.leased() <= 4, now::toString);
      assertTrue(now.idle() >= 0 && now.idle() <= now.open(), now::toString);
      assertTrue(now.hits() >= before.hits() && now.misses() >= before.misses(), "grew");
      assertTrue(
          now.acquired() >= before.acquired() && now.released() >= before.released(), "grew");
      assertTrue(now.requests() >= now.acquired(), now::toString);
      before = now;
    }
    stop.set(true);
    for (Background<Boolean> worker : workers) {
      assertTrue(worker.result());
    }

    PoolStats end = scene.stats();
    assertEquals(acquired.get(), end.acquired());
    assertEquals(acquired.get(), end.requests());
    assertEquals(0, end.leased());
    assertEquals(scene.network.opened(), end.opened());
  }
}

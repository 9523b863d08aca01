package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectionView;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolListener;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.Tls;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection.CloseCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ClosingTest extends PoolTest {

  @Test
  void whoWaitsFailsAtOnceWhateverHeWaitsFor() throws Exception {
    Scene scene = open(max(2));
    Lease held = scene.lease(1);
    scene.held(2);
    CompletableFuture<Lease> forADial = scene.ask(2);
    CompletableFuture<Lease> forRoom = scene.ask(3);
    Background<Boolean> closing = Background.run(scene.pool::close);
    closing.untilBlocked(); // a lease is out

    failure(PoolClosedException.class, forADial);
    failure(PoolClosedException.class, forRoom);
    assertFalse(closing.isDone());
    held.close();
    assertTrue(closing.result());
  }

  @Test
  void leasesAndStreamsMayFinishUntilTheDeadline() throws Exception {
    Scene scene = open();
    Lease held = scene.lease(1);
    scene.use(2);
    Background<Boolean> closing = Background.run(scene.pool::close);
    closing.untilBlocked();

    assertFalse(scene.connection(2).isOpen(), "idle ones go at once");
    QuicStream stream = held.openStream();
    held.close();
    assertFalse(closing.isDone());
    stream.close();

    assertTrue(closing.result());
    assertEquals(List.of(new CloseCall(6, "pool closed")), scene.connection(1).closeCalls());
  }

  @Test
  void atTheDeadlineWhatIsStillInUseIsCut() throws Exception {
    Scene scene = open(builder -> builder.drainTimeout(seconds(3)));
    Lease held = scene.lease(1);
    Background<Boolean> closing = Background.run(scene.pool::close);
    closing.untilBlocked();

    scene.advance(millis(2_999));
    assertTrue(held.connection().isOpen());
    scene.advance(millis(1));

    assertTrue(closing.result());
    assertFalse(held.connection().isOpen());
    held.close();
    assertEquals(1, scene.connection(1).closeCalls().size());
    assertEquals(0, scene.stats().leased());
  }

  @Test
  void aDrainingConnectionIsWaitedForAndCutToo() throws Exception {
    Scene scene = open();
    Lease held = scene.lease(1);
    held.invalidate();

    scene.pool.close(Duration.ZERO);

    assertFalse(held.connection().isOpen());
    assertEquals(1, scene.connection(1).closeCalls().size());
  }

  @Test
  void aSecondCloseWaitsForTheFirst() throws Exception {
    Scene scene = open();
    Lease held = scene.lease(1);
    Background<Boolean> first = Background.run(scene.pool::close);
    first.untilBlocked();
    Background<Boolean> second = Background.run(() -> scene.pool.close(Duration.ZERO));
    second.untilBlocked();

    assertFalse(first.isDone() || second.isDone());
    held.close();

    assertTrue(first.result() && second.result());
    scene.pool.close(); // returns at once
  }

  @Test
  void anInterruptedCloseCutsAtOnceAndKeepsTheFlag() throws Exception {
    Scene scene = open();
    Lease held = scene.lease(1);
    Background<Boolean> closing = Background.run(scene.pool::close);
    closing.untilBlocked();

    closing.interrupt();

    assertTrue(closing.result());
    assertTrue(closing.wasInterrupted());
    assertFalse(held.connection().isOpen());
    assertEquals(Duration.ZERO, scene.time.elapsed());
  }

  @Test
  void aClosedPoolRefusesEverything() throws Exception {
    Scene scene = open();
    Lease old = scene.lease(1);
    scene.pool.close(Duration.ZERO);

    assertThrows(PoolClosedException.class, () -> scene.pool.acquire(scene.peer(1)));
    assertThrows(PoolClosedException.class, () -> scene.pool.acquire(scene.peer(1), millis(1)));
    assertThrows(PoolClosedException.class, () -> scene.pool.tryAcquire(scene.peer(1)));
    assertThrows(PoolClosedException.class, () -> scene.pool.openStream(scene.peer(1)));
    assertThrows(
        PoolClosedException.class, () -> scene.pool.connect(Endpoint.parse(Scene.text(1))));
    failure(PoolClosedException.class, scene.ask(1));
    assertFalse(scene.pool.invalidate(scene.peer(1)));
    assertTrue(scene.pool.connectedPeers().isEmpty());
    old.invalidate();
    old.close();
    old.close();
    assertEquals(0, scene.stats().leased());
  }

  @Test
  void aDialThatEndsAfterCloseIsClosed() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.held().ignoringCancel().ignoringTimeout());
    CompletableFuture<Lease> waiting = scene.ask(1);
    scene.pool.close();
    failure(PoolClosedException.class, waiting);

    for (var dial : scene.network.heldDials()) {
      assertTrue(dial.complete().isEmpty(), "the endpoint is closed");
    }
    assertEquals(0, scene.network.open());
  }

  @Test
  void anUnpooledDialFailsWhenThePoolCloses() throws Exception {
    Scene scene = open();
    scene.held(1);
    Background<?> dialling =
        Background.call(() -> scene.pool.connect(Endpoint.parse(Scene.text(1))));
    Background.until(() -> scene.network.pendingDials().size() == 1);

    scene.pool.close();

    assertInstanceOf(PoolClosedException.class, dialling.failure());
  }

  @Test
  void aListenerMayClose() throws Exception {
    AtomicReference<QuicPool> pool = new AtomicReference<>();
    PoolListener closer =
        new PoolListener() {
          @Override
          public void removed(ConnectionView connection, RemovalCause cause) {
            pool.get().close();
          }
        };
    Scene scene = open();
    scene.events.next = closer;
    pool.set(scene.pool);
    scene.pool.put(scene.peer(1), scene.unpooled(1));
    scene.pool.put(scene.peer(2), scene.unpooled(2));

    scene.pool.invalidate(scene.peer(1));

    assertTrue(scene.pool.connectedPeers().isEmpty());
    assertThrows(PoolClosedException.class, () -> scene.pool.acquire(scene.peer(1)));
  }

  @Test
  void aCallbackOfAWaiterThatCloseFailsMayClose() throws Exception {
    Scene scene = open();
    scene.held(1);
    List<String> order = new ArrayList<>();
    scene
        .ask(1)
        .exceptionally(
            failure -> {
              scene.pool.close();
              order.add("closed within");
              return null;
            });

    scene.pool.close();

    assertEquals(List.of("closed within"), order);
  }

  @Test
  void aDrainOutOfRangeIsRefusedAndThePoolStaysOpen() throws Exception {
    Scene scene = open();

    assertThrows(IllegalArgumentException.class, () -> scene.pool.close(millis(-1)));
    assertThrows(IllegalArgumentException.class, () -> scene.pool.close(Duration.ofDays(2)));

    scene.use(1);
  }

  @Test
  void thePoolsOwnThreadsEndWithIt() throws Exception {
    QuicPool pool =
        QuicPool.builder()
            .alpn("test/1")
            .tls(Tls.insecure())
            .transport(new FakeTransport(r -> FakeTransport.verified(r, new FakeConnection())))
            .open();
    pool.acquireAsync(Peer.of(Scene.text(1))).get().close();
    assertTrue(threads() > 0);

    pool.close();

    Background.until(() -> threads() == 0);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("quicpool-"))
        .count();
  }
}

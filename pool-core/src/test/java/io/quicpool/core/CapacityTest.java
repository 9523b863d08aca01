package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.ConnectFailedException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolExhaustedException;
import io.quicpool.testkit.DialOutcome;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CapacityTest extends PoolTest {

  @Test
  void whoFindsAllInUseWaitsForTheFirstToBeGivenBack() throws Exception {
    Scene scene = open(max(2));
    Lease one = scene.lease(1);
    scene.lease(2);
    CompletableFuture<Lease> third = scene.ask(3);
    assertWaits(third);

    one.close();

    assertEquals(scene.peer(3), served(third).connection().peer());
    assertFalse(scene.holds(1));
    assertEquals(2, scene.network.maxOpen());
  }

  @Test
  void whoWaitsForRoomIsServedInTheOrderOfAsking() throws Exception {
    Scene scene = open(max(1));
    Lease held = scene.lease(1);
    CompletableFuture<Lease> second = scene.ask(2);
    CompletableFuture<Lease> third = scene.ask(3);
    CompletableFuture<Lease> fourth = scene.ask(4);

    held.close();
    assertWaits(third, fourth);
    served(second).close();
    assertWaits(fourth);
    served(third).close();
    served(fourth).close();
  }

  @Test
  void aNewcomerDoesNotOvertakeTheQueue() throws Exception {
    Scene scene = open(max(1));
    Lease held = scene.lease(1);
    scene.held(2);
    CompletableFuture<Lease> second = scene.ask(2);
    CompletableFuture<Lease> third = scene.ask(3);
    held.close(); // 2 dials now

    CompletableFuture<Lease> fourth = scene.ask(4);
    scene.onlyDial().fail(new IllegalStateException("no"));

    assertTrue(second.isCompletedExceptionally());
    served(third).close();
    served(fourth).close();
  }

  @Test
  void oneWhoWaitsForAPeerThatOthersWaitForShareItsPlace() throws Exception {
    Scene scene = open(max(1));
    Lease held = scene.lease(1);
    CompletableFuture<Lease> first = scene.ask(2);
    CompletableFuture<Lease> second = scene.ask(3);
    CompletableFuture<Lease> third = scene.ask(2);

    held.close();

    served(first).close();
    assertWaits(second);
    served(third).close();
    served(second).close();
    assertEquals(3, scene.stats().dials());
  }

  @Test
  void whoFindsTooManyWaitingIsRefusedAtOnceWithNumbers() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(1).maxPending(2));
    scene.lease(1);
    assertWaits(scene.ask(2), scene.ask(2));

    String message = failure(PoolExhaustedException.class, scene.ask(3)).getMessage();

    assertEquals(
        "no room for a connection to 10.0.0.3:4433 (0 dialling, 1/1 open, 2 waiting)", message);
    assertEquals(2, scene.stats().waiting());
  }

  @Test
  void withoutAQueueOneWhoFindsAllInUseIsRefusedButNotOneWhoFindsAnIdleOne() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(1).maxPending(0));
    Lease held = scene.lease(1);
    failure(PoolExhaustedException.class, scene.ask(2));

    held.close();

    scene.use(2);
  }

  @Test
  void whoWaitsForARunningDialDoesNotCountAsPending() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(1).maxPending(1));
    scene.held(1);
    List<CompletableFuture<Lease>> onTheDial = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      onTheDial.add(scene.ask(1));
    }

    assertWaits(scene.ask(2));

    failure(PoolExhaustedException.class, scene.ask(3));
    scene.onlyDial().complete();
    onTheDial.forEach(future -> served(future).close());
  }

  @Test
  void whoLeavesTheQueueMakesPlaceInIt() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(1).maxPending(2));
    Lease held = scene.lease(1);
    CompletableFuture<Lease> first = scene.ask(2);
    CompletableFuture<Lease> second = scene.ask(3);

    first.cancel(false);
    CompletableFuture<Lease> third = scene.ask(4);

    assertWaits(second, third);
    failure(PoolExhaustedException.class, scene.ask(5));
    held.close();
    served(second).close();
    served(third).close();
  }

  @Test
  void whoWaitsForRoomTimesOutWithNumbers() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(1).acquireTimeout(seconds(2)));
    Lease held = scene.lease(1);
    CompletableFuture<Lease> waiting = scene.ask(2);

    scene.advance(seconds(2));

    assertEquals(
        "no room for a connection to 10.0.0.2:4433 within 2000 ms"
            + " (0 dialling, 1/1 open, 1 waiting)",
        failure(AcquireTimeoutException.class, waiting).getMessage());
    held.close();
    assertTrue(scene.holds(1), "nobody waits any more, so nobody is evicted");
    assertEquals(1, scene.network.dials());
  }

  @Test
  void aDialThatFailsAConnectionThatDiesAndOneThatIsInvalidatedMakeRoom() throws Exception {
    Scene scene = open(max(3));
    scene.held(1);
    CompletableFuture<Lease> dialling = scene.ask(1);
    scene.lease(2);
    scene.lease(3);
    CompletableFuture<Lease> fourth = scene.ask(4);
    CompletableFuture<Lease> fifth = scene.ask(5);
    CompletableFuture<Lease> sixth = scene.ask(6);
    assertWaits(fourth, fifth, sixth);

    scene.onlyDial().fail(new IllegalStateException("no"));
    failure(ConnectFailedException.class, dialling);
    served(fourth);
    assertWaits(fifth, sixth);
    scene.connection(2).lose();
    served(fifth);
    assertWaits(sixth);
    scene.pool.invalidate(scene.peer(3));
    served(sixth);

    assertEquals(3, scene.stats().open());
    assertEquals(1, scene.stats().draining());
  }

  @Test
  void aCancelledDialMakesRoom() throws Exception {
    Scene scene = open(max(1));
    scene.held(1);
    CompletableFuture<Lease> first = scene.ask(1);
    CompletableFuture<Lease> second = scene.ask(2);

    first.cancel(false);

    served(second).close();
  }

  @Test
  @Timeout(120)
  void peersThatFailLeaveNothingBehind() throws Exception {
    IllegalStateException refused = new IllegalStateException("refused");
    FakeTransport refusing = new FakeTransport(request -> CompletableFuture.failedFuture(refused));
    Scene failing = open(builder -> builder.maxConnections(2).transport(refusing));
    Background.call(() -> failAll(failing, 100_000)).result(); // with a short stack to be filled in

    assertEquals(0, sizeOf(failing, "pending", "slots"));
    assertEquals(0, sizeOf(failing, "pending", "waitingForRoom"));
    assertEquals(0, sizeOf(failing, "roster", "pooled", "newest"));
    assertEquals(0, sizeOf(failing, "roster", "retired"));
    assertEquals(0, failing.time.pending(), "alarms");
  }

  private static int failAll(Scene scene, int peers) {
    for (int n = 1; n <= peers; n++) {
      assertTrue(scene.pool.acquireAsync(Peer.of(Scene.text(n))).isCompletedExceptionally());
      scene.events.take();
    }
    return peers;
  }

  private static int sizeOf(Scene scene, String... path) throws Exception {
    Object found = read(scene.pool, "table");
    for (String field : path) {
      found = read(found, field);
    }
    return found instanceof Map<?, ?> map ? map.size() : ((Collection<?>) found).size();
  }

  private static Object read(Object of, String name) throws Exception {
    Field field = of.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }

  @Test
  void aLongQueueOfPeersThatFailAtOnceIsServedWithoutNesting() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(1).maxPending(10_000));
    Lease held = scene.lease(1);
    List<CompletableFuture<Lease>> waiting = new ArrayList<>();
    for (int n = 2; n <= 2_001; n++) {
      scene.script(n).dials(DialOutcome.failing(new IllegalStateException("no")));
      waiting.add(scene.ask(n));
    }

    held.close();

    waiting.forEach(future -> failure(ConnectFailedException.class, future));
    assertEquals(0, scene.stats().waiting());
  }

  @Test
  void aLongQueueOfCallersThatGiveBackAtOnceIsServed() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      Scene scene = open(builder -> builder.maxConnections(1).executor(threads));
      Lease held = scene.pool.acquire(scene.peer(1));
      List<CompletableFuture<Void>> done = new ArrayList<>();
      for (int n = 2; n <= 1_001; n++) {
        done.add(scene.ask(n).thenAccept(Lease::close));
      }

      held.close();

      for (CompletableFuture<Void> each : done) {
        each.get();
      }
      scene.pool.close();
    } finally {
      threads.shutdown();
      assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    }
  }
}

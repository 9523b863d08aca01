package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectionView;
import io.quicpool.PoolListener;
import io.quicpool.testkit.DialOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenerTest extends PoolTest {

  @Test
  void itIsToldOfAConnectionsLifeInOrder() throws Exception {
    Scene scene = open(max(1));
    scene.use(1, 2);
    scene.pool.invalidate(scene.peer(2));

    assertEquals(
        List.of(
            "dial 10.0.0.1:4433",
            "opened 1",
            "removed 1 EVICTED",
            "dial 10.0.0.2:4433",
            "closed 1 LOCAL",
            "opened 2",
            "removed 2 INVALIDATED",
            "closed 2 LOCAL"),
        scene.events.take());
  }

  @Test
  void itIsToldWhyADialYieldedNothing() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("no")));
    scene.ask(1);

    assertEquals(
        List.of("dial 10.0.0.1:4433", "failed 10.0.0.1:4433 HANDSHAKE"), scene.events.take());
  }

  @Test
  void itIsToldOfADialThatEverybodyLeft() throws Exception {
    Scene scene = open();
    scene.held(1);

    scene.ask(1).cancel(false);

    assertEquals(
        List.of("dial 10.0.0.1:4433", "failed 10.0.0.1:4433 HANDSHAKE"), scene.events.take());
  }

  @Test
  void itIsToldOfADrainingConnectionsEndWhenItIsClosed() throws Exception {
    Scene scene = open();
    var lease = scene.lease(1);
    scene.events.take();
    lease.invalidate();
    assertEquals(List.of("removed 1 INVALIDATED"), scene.events.take());

    lease.close();

    assertEquals(List.of("closed 1 LOCAL"), scene.events.take());
  }

  @Test
  void itIsNeverToldOfAHit() throws Exception {
    Scene scene = open();
    scene.use(1);
    scene.events.take();

    scene.use(1, 1, 1);
    scene.pool.tryAcquire(scene.peer(1)).orElseThrow().close();

    assertEquals(List.of(), scene.events.take());
  }

  /** What a user's listener may fail with. */
  private static void fail(String how) {
    if (how.equals("exception")) {
      throw new IllegalStateException("the listener's mistake");
    }
    throw new NoClassDefFoundError("the listener's mistake");
  }

  @ParameterizedTest
  @ValueSource(strings = {"exception", "error"})
  void oneThatThrowsHarmsNobodyAndIsToldOfWhatComesNext(String how) throws Exception {
    List<Long> opened = new ArrayList<>();
    PoolListener throwing =
        new PoolListener() {
          @Override
          public void opened(ConnectionView connection) {
            opened.add(connection.id());
            fail(how);
          }
        };
    Scene scene = open(max(1));
    scene.events.next = throwing;

    CompletableFuture<?> first = scene.ask(1);
    assertTrue(first.isDone() && !first.isCompletedExceptionally());
    scene.pool.invalidate(scene.peer(1));
    scene.ask(2);

    assertEquals(List.of(1L, 2L), opened);
  }

  @Test
  void oneThatUsesThePoolIsToldInOrderAllTheSame() throws Exception {
    Scene scene = open();
    scene.pool.put(scene.peer(1), scene.unpooled(1));
    // Runs between the decision that replaces the old one and the news of it.
    scene.connection(1).closed().thenRun(() -> scene.pool.invalidate(scene.peer(1)));
    scene.events.take();

    scene.pool.put(scene.peer(1), scene.unpooled(1));

    List<String> told = scene.events.take();
    assertTrue(told.indexOf("opened 2") < told.indexOf("removed 2 INVALIDATED"), told::toString);
    assertFalse(scene.holds(1));
  }

  @Test
  void itIsCalledOnTheExecutor() throws Exception {
    TaskQueue tasks = new TaskQueue();
    Scene scene = open(builder -> builder.executor(tasks));
    scene.ask(1);
    assertEquals(List.of(), scene.events.take());

    tasks.runAll();

    assertEquals(List.of("dial 10.0.0.1:4433", "opened 1"), scene.events.take());
  }

  @Test
  void anExecutorThatRefusesRunsItOnTheCallersThread() throws Exception {
    Scene scene =
        open(
            builder ->
                builder.executor(
                    task -> {
                      throw new RejectedExecutionException("shut down");
                    }));

    scene.use(1);

    assertEquals(List.of("dial 10.0.0.1:4433", "opened 1"), scene.events.take());
  }
}

package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectionView;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolListener;
import io.quicpool.testkit.DialOutcome;
import java.time.Duration;
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

  /** Writes down how long things took. */
  private static PoolListener timing(List<String> told) {
    return new PoolListener() {
      @Override
      public void dialSucceeded(Peer peer, Duration took) {
        told.add("dialled in " + took.toMillis());
      }

      @Override
      public void dialFailed(Peer peer, PoolException cause, Duration took) {
        told.add("not dialled in " + took.toMillis());
      }

      @Override
      public void waited(Peer peer, Duration took) {
        told.add("served in " + took.toMillis());
      }

      @Override
      public void waitFailed(Peer peer, PoolException cause, Duration took) {
        told.add("not served in " + took.toMillis());
      }

      @Override
      public void waitLeft(Peer peer, Duration took) {
        told.add("left after " + took.toMillis());
      }
    };
  }

  @Test
  void itIsToldHowLongDialsAndCallersTook() throws Exception {
    List<String> told = new ArrayList<>();
    Scene scene = open(builder -> builder.listener(timing(told)));
    scene.held(1);
    scene.ask(1);
    scene.advance(millis(20));
    CompletableFuture<?> leaving = scene.ask(1);
    scene.advance(millis(10));
    leaving.cancel(false);
    scene.ask(1);
    scene.advance(millis(5));
    scene.onlyDial().complete();
    assertEquals(List.of("left after 10", "dialled in 35", "served in 35", "served in 5"), told);
    told.clear();
    scene.held(2);

    scene.ask(2);
    scene.advance(millis(40));
    scene.onlyDial().fail(new IllegalStateException("no"));

    assertEquals(List.of("not dialled in 40", "not served in 40"), told);
  }

  @Test
  void oneMayComeAndGoWhileThePoolIsOpen() throws Exception {
    List<String> told = new ArrayList<>();
    PoolListener late = timing(told);
    Scene scene = open();
    scene.use(1);
    scene.pool.addListener(late);
    scene.use(2);

    assertTrue(scene.pool.removeListener(late));

    assertFalse(scene.pool.removeListener(late));
    scene.use(3);
    assertEquals(List.of("dialled in 0", "served in 0"), told);
    assertEquals(3, scene.events.views().size()); // the other one was told all the while
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

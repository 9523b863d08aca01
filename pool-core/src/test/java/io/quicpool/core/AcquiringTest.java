package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.ConnectFailedException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolOpenException;
import io.quicpool.testkit.DialOutcome;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class AcquiringTest extends PoolTest {

  /** Whose dials may take long, so that only callers time out. */
  private Scene patient() throws PoolOpenException {
    return open(builder -> builder.connectTimeout(seconds(60)));
  }

  @Test
  void aSecondCallerJoinsTheRunningDial() throws Exception {
    Scene scene = open();
    scene.held(1);
    CompletableFuture<Lease> first = scene.ask(1);
    CompletableFuture<Lease> second = scene.ask(1);
    assertWaits(first, second);

    scene.onlyDial().complete();

    assertEquals(served(first).connection().id(), served(second).connection().id());
    assertNotSame(first.join(), second.join());
    assertEquals(1, scene.stats().dials());
    assertEquals(2, scene.stats().misses(), "who joins a dial is a miss");
    assertEquals(2, scene.stats().leased());
  }

  @Test
  void aBlockedCallerIsServedWhenTheDialEnds() throws Exception {
    Scene scene = open();
    Peer peer = scene.held(1);
    Background<Lease> caller = Background.call(() -> scene.pool.acquire(peer, seconds(3)));
    Background.until(() -> scene.stats().waiting() == 1);

    scene.onlyDial().complete();

    try (Lease lease = caller.result()) {
      assertEquals(peer, lease.connection().peer());
    }
  }

  @Test
  void aFailedDialFailsEveryWaiterWithAnExceptionOfItsOwn() throws Exception {
    Scene scene = open();
    scene.held(1);
    CompletableFuture<Lease> first = scene.ask(1);
    CompletableFuture<Lease> second = scene.ask(1);

    scene.onlyDial().fail(new IllegalStateException("refused"));

    ConnectFailedException one = failure(ConnectFailedException.class, first);
    ConnectFailedException other = failure(ConnectFailedException.class, second);
    assertNotSame(one, other);
    assertEquals(one.getMessage(), other.getMessage());
    assertEquals(1, scene.stats().dialsFailed());
  }

  @Test
  void theNextCallerAfterAFailureDialsAnew() throws Exception {
    Scene scene = open();
    scene.script(1).nextDials(DialOutcome.failing(new IllegalStateException("once")));
    failure(ConnectFailedException.class, scene.ask(1));
    scene.advance(seconds(1)); // its backoff is over

    scene.use(1);

    assertEquals(2, scene.stats().dials());
  }

  @Test
  void aWaiterThatCancelsFailsNobodyElse() throws Exception {
    Scene scene = open();
    scene.held(1);
    CompletableFuture<Lease> first = scene.ask(1);
    CompletableFuture<Lease> second = scene.ask(1);

    assertTrue(first.cancel(true));

    assertWaits(second);
    assertEquals(1, scene.stats().waiting());
    scene.onlyDial().complete();
    served(second).close();
  }

  @Test
  void aWaiterThatTimesOutFailsNobodyElse() throws Exception {
    Scene scene = patient();
    scene.held(1);
    CompletableFuture<Lease> first = scene.ask(1);
    scene.advance(seconds(6));
    CompletableFuture<Lease> second = scene.ask(1);
    scene.advance(seconds(4));

    String message = failure(AcquireTimeoutException.class, first).getMessage();
    assertEquals(
        "no connection to 10.0.0.1:4433 within 10000 ms (1 dialling, 0/100 open, 2 waiting)",
        message);
    assertWaits(second);
    scene.onlyDial().complete();
    served(second).close();
  }

  @Test
  void aWaiterThatIsInterruptedFailsNobodyElse() throws Exception {
    Scene scene = open();
    Peer peer = scene.held(1);
    Background<Lease> first = Background.call(() -> scene.pool.acquire(peer));
    CompletableFuture<Lease> second = scene.ask(1);
    Background.until(() -> scene.stats().waiting() == 2);
    first.untilBlocked();

    first.interrupt();

    assertInstanceOf(InterruptedIOException.class, first.failure());
    assertTrue(first.wasInterrupted(), "the flag stays set");
    assertEquals(1, scene.stats().waiting());
    scene.onlyDial().complete();
    served(second).close();
  }

  @Test
  void eachCallerHasItsOwnDeadline() throws Exception {
    Scene scene = patient();
    Peer peer = scene.held(1);
    Background<Lease> hasty = Background.call(() -> scene.pool.acquire(peer, millis(1)));
    CompletableFuture<Lease> other = scene.ask(1);
    Background.until(() -> scene.stats().waiting() == 2);
    hasty.untilBlocked();

    scene.advance(millis(1));

    assertInstanceOf(AcquireTimeoutException.class, hasty.failure());
    assertWaits(other);
  }

  @Test
  void theLastWaiterThatLeavesCancelsTheDial() throws Exception {
    Scene scene = open();
    scene.held(1);
    CompletableFuture<Lease> first = scene.ask(1);
    CompletableFuture<Lease> second = scene.ask(1);
    var dial = scene.onlyDial();

    first.cancel(false);
    assertFalse(dial.isDone(), "somebody waits for it");
    second.cancel(false);

    assertTrue(dial.isDone());
    assertEquals(1, dial.cancelCalls());
    assertEquals(0, scene.stats().dialling());
    assertEquals(1, scene.stats().dialsFailed());
  }

  @Test
  void whoAsksAfterAnAbandonedDialGetsANewOneAndNotTheOldResult() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.held().ignoringCancel());
    scene.ask(1).cancel(false);
    var abandoned = scene.onlyDial();
    CompletableFuture<Lease> again = scene.ask(1);
    var current = scene.network.pendingDials().get(1);

    var late = abandoned.complete().orElseThrow();

    assertFalse(late.isOpen(), "closed, since its dial was abandoned");
    assertWaits(again);
    current.complete();
    assertTrue(served(again).connection().isOpen());
  }

  @Test
  void aCancelledCallerIsGivenNoLease() throws Exception {
    TaskQueue tasks = new TaskQueue();
    Scene scene = open(builder -> builder.executor(tasks));
    CompletableFuture<Lease> caller = scene.ask(1);
    assertEquals(1, scene.stats().leased(), "granted, and on its way to the caller");
    assertTrue(caller.cancel(false));

    tasks.runAll();

    assertEquals(0, scene.stats().leased(), "given back, since nobody took it");
    assertEquals(1, scene.stats().idle());
  }

  @Test
  void aCallerWhoCompletesTheFutureItselfLeavesTheWaitToo() throws Exception {
    Scene scene = patient();
    scene.held(1);
    CompletableFuture<Lease> caller = scene.ask(1);
    CompletableFuture<Lease> other = scene.ask(1);

    caller.completeExceptionally(new TimeoutException("as orTimeout does it"));
    assertEquals(1, scene.stats().waiting());
    other.orTimeout(1, TimeUnit.MILLISECONDS);

    Background.until(() -> scene.network.pendingDials().isEmpty());
    assertEquals(0, scene.stats().waiting());
  }

  @Test
  void dependentsOfAFutureRunOnTheExecutor() throws Exception {
    TaskQueue tasks = new TaskQueue();
    Scene scene = open(builder -> builder.executor(tasks));
    List<String> order = new ArrayList<>();
    scene.ask(1).thenAccept(lease -> order.add("served"));
    order.add("asked");

    tasks.runAll();

    assertEquals(List.of("asked", "served"), order);
  }

  @Test
  void aTryFindsWhatIsPooledAndNeverDials() throws Exception {
    Scene scene = open();
    assertTrue(scene.pool.tryAcquire(scene.peer(1)).isEmpty());
    assertEquals(1, scene.stats().misses());
    assertEquals(0, scene.network.dials());

    scene.use(1);

    scene.pool.tryAcquire(scene.peer(1)).orElseThrow().close();
    assertEquals(1, scene.stats().hits());
  }

  @Test
  void aTryDoesNotWaitForARunningDial() throws Exception {
    Scene scene = open();
    Peer peer = scene.held(1);
    scene.ask(1);

    assertTrue(scene.pool.tryAcquire(peer).isEmpty());
    assertEquals(1, scene.stats().waiting());
  }

  @Test
  void aWaitOutOfRangeIsRefusedWithTheRuleAndTheValue() throws Exception {
    Scene scene = open();
    for (Duration wait : List.of(Duration.ZERO, millis(-1), Duration.ofHours(25))) {
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> scene.pool.acquire(scene.peer(1), wait))
              .getMessage();
      assertEquals("a timeout must be at least 1 ms and at most 24 h, was " + wait, message);
    }
    assertEquals(0, scene.stats().requests());
  }

  @Test
  void releasingALeaseTwiceGivesOneShareBack() throws Exception {
    Scene scene = open();
    Lease one = scene.lease(1);
    Lease other = scene.lease(1);

    one.close();
    one.close();

    assertEquals(1, scene.stats().leased());
    assertThrows(IllegalStateException.class, one::openStream);
    other.openStream().close();
  }

  @Test
  void aConnectionTakesAsManyLeasesAsItCanCountAndNoMore() throws Exception {
    Scene scene = open();
    Entry entry = (Entry) scene.lease(1).connection();
    for (long leases = 1; leases < UseWord.MAX_LEASES; leases++) {
      assertTrue(entry.tryAcquire()); // a million lease objects would say no more
    }
    assertEquals(UseWord.MAX_LEASES, scene.stats().leased());

    failure(PoolExhaustedException.class, scene.ask(1));
    entry.release(UseWord.LEASE);
    scene.lease(1);

    for (long leases = 1; leases <= UseWord.MAX_LEASES; leases++) {
      entry.release(UseWord.LEASE);
    }
    assertEquals(0, scene.stats().leased());
    assertEquals(1, scene.stats().idle());
  }

  @Test
  void everyUseIsCountedAlsoWhenAnEntrysOwnCountRunsFull() throws Exception {
    Scene scene = open();
    Peer peer = scene.peer(1);
    int uses = (1 << 22) + 1_000;
    for (int i = 0; i < uses; i++) {
      scene.pool.acquire(peer).close();
    }

    assertEquals(uses, scene.stats().acquired());
    assertEquals(uses - 1, scene.stats().hits());
    assertEquals(1, scene.network.opened());
  }
}

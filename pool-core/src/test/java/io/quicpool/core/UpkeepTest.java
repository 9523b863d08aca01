package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectFailedException;
import io.quicpool.Lease;
import io.quicpool.PoolExhaustedException;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.InMemoryConnection.CloseCall;
import io.quicpool.testkit.PendingDial;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Connections that are kept, replaced and protected though nobody asks for them now. */
class UpkeepTest extends PoolTest {
  private static final Duration HOUR = Duration.ofHours(1);

  // Warm.

  @Test
  void aPeerThatIsWarmedNeedsNoDial() throws Exception {
    Scene scene = open();
    CompletableFuture<Void> warm = scene.pool.warm(scene.peer(1));

    assertTrue(warm.isDone());
    scene.use(1);
    assertEquals(1, scene.stats().hits());
    assertEquals(0, scene.stats().leased());
  }

  @Test
  void whoNoLongerWaitsForAWarmPeerLeavesNothing() throws Exception {
    Scene scene = open();
    for (int peer = 1; peer <= 2; peer++) {
      scene.script(peer).dials(DialOutcome.held());
    }

    assertTrue(scene.pool.warm(scene.peer(1)).cancel(false));
    assertTrue(scene.pool.warm(scene.peer(2)).complete(null)); // as completeOnTimeout would
    assertEquals(0, scene.stats().waiting());
    scene.network.pendingDials().forEach(PendingDial::complete);

    assertEquals(0, scene.stats().leased());
  }

  @Test
  void aPeerThatCannotBeWarmedSaysWhy() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("gone")));

    failure(ConnectFailedException.class, scene.pool.warm(scene.peer(1)));
  }

  @Test
  void aPeerThatIsKeptWarmDoesNotExpireUntilItMay() throws Exception {
    Scene scene = open();
    scene.pool.keepWarm(scene.peer(1));
    scene.advance(HOUR);
    assertTrue(scene.holds(1));
    assertEquals(1, scene.stats().dials());

    assertTrue(scene.pool.coolDown(scene.peer(1)));
    assertFalse(scene.pool.coolDown(scene.peer(1)));
    scene.advance(seconds(59));
    assertTrue(scene.holds(1));
    scene.advance(seconds(7));

    assertFalse(scene.holds(1));
    assertEquals(1, scene.stats().dials());
  }

  @Test
  void aPeerThatIsKeptWarmIsDialledAgainWhenItIsGone() throws Exception {
    Scene scene = open();
    scene.pool.keepWarm(scene.peer(1));
    scene.advance(seconds(10));

    scene.connection(1).lose();

    assertTrue(scene.holds(1), "at once");
    scene.connection(1).lose();
    assertFalse(scene.holds(1), "not at once if it was gone at once");
    scene.advance(seconds(1));
    assertTrue(scene.holds(1));
  }

  @Test
  void itIsDialledAgainUnderTheBackoff() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("gone")));
    scene.pool.keepWarm(scene.peer(1));
    scene.advance(seconds(60));
    int dials = scene.script(1).dials();
    assertTrue(dials >= 25 && dials <= 45, () -> "dials in a minute: " + dials);

    scene.script(1).heal();
    scene.advance(millis(2_400));

    assertTrue(scene.holds(1));
  }

  @Test
  void withoutBackoffItIsDialledAgainOnceASecond() throws Exception {
    Scene scene = open(builder -> builder.maxBackoff(Duration.ZERO));
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("gone")));
    scene.pool.keepWarm(scene.peer(1));

    scene.advance(seconds(10));

    assertEquals(11, scene.script(1).dials());
  }

  @Test
  void aPeerThatIsKeptWarmTakesNobodysPlace() throws Exception {
    Scene scene = open(max(1));
    scene.pool.keepWarm(scene.peer(1));
    scene.use(2);
    assertTrue(scene.holds(2));
    scene.advance(seconds(30));
    assertTrue(scene.holds(2));

    scene.advance(seconds(40)); // it has expired

    assertTrue(scene.holds(1));
  }

  @Test
  void aDialThatOneCallerBeganGoesOnForThePeersWarmth() throws Exception {
    Scene scene = open();
    scene.held(1);
    CompletableFuture<Lease> asked = scene.ask(1);
    scene.pool.keepWarm(scene.peer(1));

    asked.cancel(true);
    assertEquals(1, scene.stats().dialling());
    scene.onlyDial().complete();

    assertTrue(scene.holds(1));
  }

  @Test
  void keepingWarmTwiceIsAsOnce() throws Exception {
    Scene scene = open(builder -> builder.maxBackoff(Duration.ZERO));
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("gone")));
    for (int i = 0; i < 10; i++) {
      scene.pool.keepWarm(scene.peer(1));
    }
    int before = scene.script(1).dials();

    scene.advance(seconds(10));

    assertEquals(10, scene.script(1).dials() - before);
  }

  // Protected.

  @Test
  void aProtectedPeerIsNeitherEvictedNorExpired() throws Exception {
    Scene scene = open(max(2));
    scene.pool.protect(scene.peer(1));
    scene.use(1, 2, 3);
    assertTrue(scene.holds(1));
    assertFalse(scene.holds(2));
    scene.advance(HOUR);
    assertTrue(scene.holds(1));

    assertTrue(scene.pool.unprotect(scene.peer(1)));
    assertFalse(scene.pool.unprotect(scene.peer(1)));
    scene.advance(seconds(70));

    assertFalse(scene.holds(1));
  }

  @Test
  void oneConnectionIsLeftForThoseWhoAreNotProtected() throws Exception {
    Scene scene = open(max(3));
    scene.pool.protect(scene.peer(1));
    scene.pool.protect(scene.peer(2));
    scene.pool.protect(scene.peer(2));

    PoolExhaustedException refused =
        assertThrows(PoolExhaustedException.class, () -> scene.pool.protect(scene.peer(3)));

    assertTrue(refused.getMessage().contains("which is 2"), refused.getMessage());
    scene.use(1, 2, 3, 4);
    assertTrue(scene.holds(1) && scene.holds(2) && scene.holds(4));
  }

  @Test
  void unprotectingMakesRoomForWhoWaits() throws Exception {
    Scene scene = open(max(2));
    scene.pool.protect(scene.peer(1));
    scene.use(1);
    Lease held = scene.lease(2);
    CompletableFuture<Lease> asked = scene.ask(3);
    assertWaits(asked);

    scene.pool.unprotect(scene.peer(1));

    served(asked).close();
    held.close();
  }

  // Grace.

  @Test
  void aNewConnectionIsEvictedOnlyIfNothingElseIsIdle() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(3).grace(seconds(10)));
    scene.use(1);
    scene.advance(seconds(10));
    scene.use(2, 3, 1); // 2 is the least recently used, and new
    scene.use(4);
    assertFalse(scene.holds(1));
    assertTrue(scene.holds(2));

    scene.use(5); // all are new

    assertFalse(scene.holds(2), "the policy's choice again");
    assertEquals(0, scene.stats().policyFaults());
  }

  // Lifetime.

  @Test
  void anAgedConnectionIsReplacedBeforeItDrainsAndNoMessageWaits() throws Exception {
    Scene scene = open(builder -> builder.maxLifetime(seconds(100)).idleTimeout(HOUR));
    Lease held = scene.lease(1);
    InMemoryConnection first = scene.connection(1);
    scene.held(1);
    scene.advance(seconds(100));
    assertEquals(1, scene.stats().dialling());
    scene.use(1);
    assertEquals(1, scene.stats().hits(), "the old one serves meanwhile");

    scene.onlyDial().complete();

    assertEquals(1, scene.stats().open());
    assertEquals(1, scene.stats().draining());
    assertNotEquals(first, scene.connection(1));
    assertTrue(first.isOpen(), "it is in use");
    scene.use(1);
    assertEquals(1, scene.stats().misses());
    held.close();
    assertEquals(List.of(new CloseCall(4, "replaced")), first.closeCalls());
  }

  @Test
  void lifetimesEndAtDifferentTimes() throws Exception {
    Scene scene = open(builder -> builder.maxLifetime(seconds(100)).idleTimeout(HOUR));
    int peers = 50;
    for (int n = 1; n <= peers; n++) {
      scene.use(n);
    }
    scene.advance(seconds(90).minusNanos(1));
    assertEquals(peers, scene.stats().dials(), "at most a tenth sooner");
    scene.advance(seconds(5));
    long half = scene.stats().dials() - peers;
    assertTrue(half > 10 && half < 40, () -> "replaced by then: " + half);
    scene.advance(seconds(5).plusNanos(1));
    assertEquals(2 * peers, scene.stats().dials());
    assertEquals(peers, scene.stats().open());
  }

  @Test
  void aReplacementIsNoUseSoThatNobodyLivesForEver() throws Exception {
    Scene scene = open(builder -> builder.maxLifetime(seconds(20)).idleTimeout(seconds(60)));
    scene.use(1);

    scene.advance(seconds(67));

    assertFalse(scene.holds(1));
    assertTrue(scene.stats().dials() > 1);
    assertEquals(1, scene.stats().expirations());
  }

  @Test
  void theOldOneStaysWhileTheDialFailsAndWhereThereIsNoRoom() throws Exception {
    Scene scene =
        open(builder -> builder.maxConnections(2).maxLifetime(seconds(100)).idleTimeout(HOUR));
    scene.use(1, 2);
    InMemoryConnection first = scene.connection(1);
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("gone")));
    scene.advance(seconds(200));
    assertTrue(scene.holds(1) && scene.holds(2), "no room for a replacement");
    assertEquals(2, scene.stats().dials());

    scene.pool.invalidate(scene.peer(2));
    scene.advance(seconds(10));
    assertTrue(first.isOpen());
    assertTrue(scene.stats().dialsFailed() >= 2);
    scene.script(1).heal();
    scene.advance(seconds(3));

    assertFalse(first.isOpen());
    assertTrue(scene.holds(1));
  }

  @Test
  void anAgedSuspectIsNotReplacedBeforeTheVerdict() throws Exception {
    Scene scene = open(builder -> builder.maxLifetime(millis(100)).idleTimeout(HOUR));
    scene.use(1);
    scene.advance(millis(50));
    scene.connection(1).dieSilently();
    scene.pool.onNetworkChange();
    CompletableFuture<Lease> asked = scene.ask(1);

    scene.advance(millis(100));
    assertEquals(1, scene.stats().dials());
    scene.connection(1).revive();

    served(asked).close();
    assertEquals(0, scene.stats().dialling());
    assertEquals(0, scene.stats().waiting());
  }

  // Drain.

  @Test
  void drainingTellsWhenItIsDone() throws Exception {
    Scene scene = open();
    Lease held = scene.lease(1);

    CompletableFuture<Void> done = scene.pool.drain(scene.peer(1));

    assertFalse(scene.holds(1));
    assertWaits(done);
    held.openStream().close();
    held.close();
    assertTrue(done.isDone());
    assertEquals(List.of(new CloseCall(9, "drained")), scene.connection(1).closeCalls());
    assertTrue(scene.pool.drain(scene.peer(1)).isDone(), "there is none");
  }
}

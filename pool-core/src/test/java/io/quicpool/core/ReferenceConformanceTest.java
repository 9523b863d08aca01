package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolStats;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What the reference promises, one test each; the numbers are those of the reference's list. */
class ReferenceConformanceTest extends PoolTest {

  @Test
  void c01_allCountersAreZeroAtTheStart() throws Exception {
    assertEquals(
        new PoolStats(
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100),
        open().stats());
  }

  @Test
  void c02_aLookUpOfAnUnpooledPeerIsOneMissAlsoIfTheDialFails() throws Exception {
    Scene scene = open();
    scene.use(1);
    assertEquals(1, scene.stats().misses());

    scene.script(2).dials(DialOutcome.failing(new IllegalStateException("no")));
    failure(ConnectFailedException.class, scene.ask(2));

    assertEquals(2, scene.stats().misses());
    assertEquals(0, scene.stats().hits());
  }

  @Test
  void c03_aConnectionGivenBackStaysPooled() throws Exception {
    Scene scene = open();
    scene.use(1, 1, 1);

    assertEquals(1, scene.network.opened());
    assertTrue(scene.connection(1).isOpen());
    assertEquals(2, scene.stats().hits());
  }

  @Test
  void c04_invalidateRemovesAndCloses() throws Exception {
    Scene scene = open();
    scene.use(1);

    assertTrue(scene.pool.invalidate(scene.peer(1)));

    assertFalse(scene.holds(1));
    assertFalse(scene.connection(1).isOpen());
    assertFalse(scene.pool.invalidate(scene.peer(1)), "there is none any more");
  }

  @Test
  void c05_neverAboveTheMaximumAndTheSurplusShowsAsEvictions() throws Exception {
    Scene scene = open(max(3));
    for (int n = 1; n <= 10; n++) {
      scene.use(n);
      assertTrue(scene.stats().open() <= 3);
    }

    assertEquals(3, scene.network.maxOpen());
    assertEquals(3, scene.stats().open());
    assertEquals(7, scene.stats().evictions());
  }

  @Test
  void c06_theVictimIsTheLeastRecentlyUsed() throws Exception {
    Scene scene = open(max(3));
    scene.use(1, 2, 3, 1, 3, 4);

    assertFalse(scene.holds(2));
    assertEquals(Set.of(scene.peer(1), scene.peer(3), scene.peer(4)), scene.pool.connectedPeers());
  }

  @Test
  void c07_aConnectionIdleForTheTimeoutIsClosedWithinATenthOfIt() throws Exception {
    Scene scene = open(builder -> builder.idleTimeout(seconds(10)));
    scene.use(1);

    scene.advance(millis(9_999));
    assertTrue(scene.connection(1).isOpen());
    scene.advance(millis(1_001));

    assertFalse(scene.connection(1).isOpen());
    assertEquals(1, scene.stats().expirations());
  }

  @Test
  void c08_aDeadConnectionFoundOnALookUpIsReplaced() throws Exception {
    FakeConnection dead = new FakeConnection();
    FakeConnection fresh = new FakeConnection();
    List<FakeConnection> made = new ArrayList<>(List.of(dead, fresh));
    Scene scene =
        open(
            builder ->
                builder.transport(
                    new FakeTransport(r -> FakeTransport.verified(r, made.remove(0)))));
    scene.use(1);
    dead.open = false; // and nobody is told

    scene.use(1);

    assertEquals(List.of(), made);
    assertEquals(1, dead.closeCalls.get());
    assertTrue(fresh.open);
    assertEquals(1, scene.stats().removedDead());
  }

  @Test
  void c09_aLookUpRefreshesTheTimeOfLastUse() throws Exception {
    Scene scene = open(max(2));
    scene.use(1, 2, 1, 3);
    assertTrue(scene.holds(1), "used after 2, so 2 had to go");
    assertFalse(scene.holds(2));

    scene.advance(seconds(59));
    scene.use(1);
    scene.advance(seconds(10));

    assertTrue(scene.holds(1), "used 10 s ago");
    assertFalse(scene.holds(3), "unused for 69 s");
  }

  @Test
  void c10_aFailedDialLeavesNothingPooledAndSaysWhy() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("port unreachable")));

    ConnectFailedException failed = failure(ConnectFailedException.class, scene.ask(1));

    assertEquals(Phase.HANDSHAKE, failed.phase());
    assertTrue(failed.getMessage().contains("port unreachable"), failed.getMessage());
    assertTrue(failed.getMessage().contains(Scene.text(1)), failed.getMessage());
    assertEquals(Set.of(), scene.pool.connectedPeers());
    assertEquals(0, scene.stats().open() + scene.stats().dialling());
  }

  @Test
  void c11_closeClosesEverything() throws Exception {
    Scene scene = open();
    scene.use(1, 2, 3);
    scene.held(4);
    CompletableFuture<Lease> waiting = scene.ask(4);

    scene.pool.close();

    assertEquals(0, scene.network.open());
    assertEquals(List.of(), scene.network.pendingDials());
    assertTrue(waiting.isCompletedExceptionally());
  }

  @Test
  void c12_putStoresUnderThePeersId() throws Exception {
    Scene scene = open();
    Peer alice = Peer.named("alice");
    InMemoryConnection connection = scene.unpooled(1);

    assertTrue(scene.pool.put(alice, connection).isPooled());

    try (Lease lease = scene.pool.acquire(alice)) {
      assertSame(connection, lease.connection().unwrap(InMemoryConnection.class).orElseThrow());
      assertEquals(alice, lease.connection().peer());
    }
    assertFalse(scene.holds(1), "where it came from is not who it is");
  }

  @Test
  void c13_theConnectedPeersAreAFlatSetOfEachPeerOnce() throws Exception {
    Scene scene = open();
    assertEquals(Set.of(), scene.pool.connectedPeers());

    scene.use(1, 2, 1);
    Set<Peer> before = scene.pool.connectedPeers();
    scene.use(3);

    assertEquals(Set.of(scene.peer(1), scene.peer(2)), before, "a snapshot does not change");
    assertNotSame(before, scene.pool.connectedPeers());
  }

  @Test
  void c14_theDefaultsAreAHundredConnectionsAMinuteIdleFiveSecondsADialTenACall() throws Exception {
    Scene scene = open();
    assertEquals(100, scene.stats().maxConnections());

    scene.use(1);
    scene.advance(millis(59_999));
    assertTrue(scene.holds(1));
    scene.advance(millis(6_001));
    assertFalse(scene.holds(1));

    scene.script(2).dials(DialOutcome.hanging().ignoringTimeout());
    CompletableFuture<Lease> dialling = scene.ask(2);
    scene.advance(millis(4_999));
    assertWaits(dialling);
    scene.advance(millis(1));
    failure(ConnectFailedException.class, dialling);

    for (int n = 1; n <= 100; n++) {
      scene.lease(n + 10);
    }
    CompletableFuture<Lease> waiting = scene.ask(3);
    scene.advance(millis(9_999));
    assertWaits(waiting);
    scene.advance(millis(1));
    failure(AcquireTimeoutException.class, waiting);
  }

  @Test
  void c15_theHitRateIsHitsByRequestsAndZeroWithoutAny() throws Exception {
    Scene scene = open();
    assertEquals(0.0, scene.stats().hitRate());

    scene.use(1, 1, 1, 2);

    assertEquals(2, scene.stats().hits());
    assertEquals(2, scene.stats().misses());
    assertEquals(0.5, scene.stats().hitRate());
  }
}

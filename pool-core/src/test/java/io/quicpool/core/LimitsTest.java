package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.ConnectFailedException;
import io.quicpool.Lease;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolLimits;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Bounds that are changed while the pool is open. */
class LimitsTest extends PoolTest {

  private static void change(Scene scene, UnaryOperator<PoolLimits> change) {
    scene.pool.changeLimits(change.apply(scene.pool.limits()));
  }

  @Test
  void aPoolBeginsWithWhatItWasBuiltWith() throws Exception {
    Scene scene =
        open(
            builder ->
                builder
                    .maxConnections(7)
                    .maxPending(6)
                    .idleTimeout(seconds(5))
                    .connectTimeout(seconds(4))
                    .acquireTimeout(seconds(3))
                    .drainTimeout(seconds(2)));

    assertEquals(
        new PoolLimits(7, 6, seconds(5), seconds(4), seconds(3), seconds(2)), scene.pool.limits());
  }

  @Test
  void aLowerCapEvictsWhatIsIdleTheLeastRecentlyUsedFirst() throws Exception {
    Scene scene = open(max(4));
    scene.use(1, 2, 3, 4, 1);

    change(scene, limits -> limits.withMaxConnections(2));

    assertTrue(scene.holds(4) && scene.holds(1));
    assertEquals(2, scene.stats().open());
    assertEquals(2, scene.stats().evictions());
    assertEquals(2, scene.stats().maxConnections());
  }

  @Test
  void whatIsInUseStaysUntilItIsGivenBackAndNobodyIsDialledMeanwhile() throws Exception {
    Scene scene = open(max(3));
    Lease one = scene.lease(1);
    Lease two = scene.lease(2);
    Lease three = scene.lease(3);
    change(scene, limits -> limits.withMaxConnections(1));
    CompletableFuture<Lease> fourth = scene.ask(4);

    one.close();
    two.close();

    assertWaits(fourth);
    assertFalse(scene.holds(1) || scene.holds(2));
    assertTrue(scene.holds(3));
    assertTrue(three.connection().isOpen());
    three.close();
    served(fourth).close();
    assertEquals(1, scene.stats().open());
  }

  @Test
  void whatIsGivenBackOverTheCapIsEvictedThoughNobodyWaits() throws Exception {
    Scene scene = open(max(2));
    Lease one = scene.lease(1);
    Lease two = scene.lease(2);
    change(scene, limits -> limits.withMaxConnections(1));

    two.close();
    one.close();

    assertFalse(scene.holds(2));
    assertTrue(scene.holds(1));
  }

  @Test
  void aHigherCapServesWhoWaitsForRoom() throws Exception {
    Scene scene = open(max(1));
    scene.lease(1);
    CompletableFuture<Lease> second = scene.ask(2);
    assertWaits(second);

    change(scene, limits -> limits.withMaxConnections(2));

    served(second).close();
  }

  @Test
  void aShorterIdleTimeoutHoldsForWhatIsIdleAlready() throws Exception {
    Scene scene = open(builder -> builder.idleTimeout(seconds(60)));
    scene.use(1);
    scene.advance(seconds(20));
    scene.use(2);

    change(scene, limits -> limits.withIdleTimeout(seconds(10)));

    assertFalse(scene.holds(1));
    assertTrue(scene.holds(2));
    scene.advance(seconds(11));
    assertFalse(scene.holds(2));
    scene.use(3);
    scene.advance(seconds(11));
    assertFalse(scene.holds(3));
  }

  @Test
  void aShorterIdleTimeoutHoldsForWhatIsInUseWhenItComesBack() throws Exception {
    Scene scene = open(builder -> builder.idleTimeout(seconds(60)));
    Lease lease = scene.lease(1);
    scene.advance(seconds(5));

    change(scene, limits -> limits.withIdleTimeout(seconds(2)));
    lease.close();

    scene.advance(millis(2_500));
    assertFalse(scene.holds(1));
  }

  @Test
  void aLongerIdleTimeoutKeepsWhatWouldHaveExpired() throws Exception {
    Scene scene = open(builder -> builder.idleTimeout(seconds(10)));
    scene.use(1);

    change(scene, limits -> limits.withIdleTimeout(seconds(20)));

    scene.advance(seconds(15));
    assertTrue(scene.holds(1));
    scene.advance(seconds(7));
    assertFalse(scene.holds(1));
  }

  @Test
  void anIdleTimeoutBeyondTheTransportsIsRefused() throws Exception {
    Scene scene = open(builder -> builder.idleTimeout(seconds(10)));
    PoolLimits before = scene.pool.limits();

    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> change(scene, limits -> limits.withIdleTimeout(seconds(21))));

    assertEquals(
        "idleTimeout must be at most the one that the transport was opened with, which is PT20S,"
            + " was PT21S",
        refused.getMessage());
    assertEquals(before, scene.pool.limits());
  }

  @Test
  void theNextCallersAndDialsHaveTheNewTimeouts() throws Exception {
    Scene scene = open(max(2));
    scene.held(1);
    change(scene, limits -> limits.withAcquireTimeout(seconds(3)).withConnectTimeout(seconds(2)));
    CompletableFuture<Lease> dialled = scene.ask(1);
    scene.advance(seconds(2));
    failure(ConnectFailedException.class, dialled);
    scene.lease(2);
    scene.lease(3);

    CompletableFuture<Lease> waiting = scene.ask(4);

    scene.advance(millis(2_999));
    assertWaits(waiting);
    scene.advance(millis(1));
    failure(AcquireTimeoutException.class, waiting);
  }

  @Test
  void theNewMaximumOfWaitingCallersHolds() throws Exception {
    Scene scene = open(max(1));
    Lease held = scene.lease(1);
    change(scene, limits -> limits.withMaxPending(1));
    CompletableFuture<Lease> first = scene.ask(2);

    failure(PoolExhaustedException.class, scene.ask(3));

    held.close();
    served(first).close();
  }

  @Test
  void aCapThatAllProtectedPeersWouldFillIsRefused() throws Exception {
    Scene scene = open(max(4));
    scene.pool.protect(scene.peer(1));
    scene.pool.protect(scene.peer(2));

    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> change(scene, limits -> limits.withMaxConnections(2)));

    assertEquals(
        "maxConnections must be above the number of protected peers, which is 2, was 2",
        refused.getMessage());
    change(scene, limits -> limits.withMaxConnections(3));
  }
}

package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicStream;
import io.quicpool.testkit.InMemoryConnection.CloseCall;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HealthMonitorTest extends PoolTest {
  private static final Duration PATIENCE = Duration.ofMillis(250);

  private final AtomicInteger openCalls = new AtomicInteger();
  private final FakeConnection connection =
      new FakeConnection() {
        @Override
        public boolean isOpen() {
          openCalls.incrementAndGet();
          return super.isOpen();
        }
      };

  /** A pool that checks after 10 s, with that one connection in it. */
  private Scene pooled() throws Exception {
    Scene scene =
        open(
            builder ->
                builder
                    .idleTimeout(Duration.ofHours(1))
                    .probeAfter(seconds(10))
                    .transport(FakeTransport.to(connection)));
    scene.use(1);
    return scene;
  }

  /** A pool over a network in memory that checks after 10 s. */
  private Scene checking() throws PoolOpenException {
    return open(builder -> builder.idleTimeout(Duration.ofHours(1)).probeAfter(seconds(10)));
  }

  @Test
  void anIdleConnectionWhosePeerIsSilentIsFoundOut() throws Exception {
    Scene scene = checking();
    scene.use(1, 2);
    scene.script(1).dieSilently();

    scene.advance(seconds(11));

    assertFalse(scene.holds(1));
    assertTrue(scene.holds(2), "which answered");
    assertEquals(List.of(new CloseCall(5, "unresponsive")), scene.connection(1).closeCalls());
    assertEquals(1, scene.stats().removedDead());
  }

  @Test
  void aPoolFullOfIdleConnectionsIsNotAskedForEachUntilItsTimeIsUp() throws Exception {
    Scene scene = pooled();
    int before = openCalls.get();
    connection.silence =
        () -> {
          throw new AssertionError("nobody has to know yet");
        };

    scene.advance(seconds(9));

    assertEquals(before, openCalls.get());
    connection.silence = () -> Optional.of(seconds(10));
    scene.advance(seconds(1));
    assertEquals(1, connection.probeCalls.get());
  }

  @Test
  void whoFallsSilentInUseBetweenTwoLooksIsAskedWhenItsTimeIsUp() throws Exception {
    Scene scene = pooled();
    Lease held = scene.lease(1);
    connection.silence = () -> Optional.of(Duration.ZERO);
    scene.advance(seconds(5));
    long lastPacket = scene.time.nanos() + millis(60).toNanos();
    connection.silence =
        () -> Optional.of(Duration.ofNanos(Math.max(0, scene.time.nanos() - lastPacket)));

    scene.advance(millis(1060).minusNanos(1));
    assertEquals(0, connection.probeCalls.get());
    scene.advance(millis(32)); // not the 190 to the next look

    assertEquals(1, connection.probeCalls.get());
    held.close();
  }

  @Test
  void oneMissIsNoDeath() throws Exception {
    connection.probes = () -> CompletableFuture.completedFuture(connection.probeCalls.get() > 1);
    Scene scene = pooled();

    scene.advance(seconds(10));

    assertEquals(2, connection.probeCalls.get());
    assertTrue(scene.holds(1));
  }

  @Test
  void twoMissesAre() throws Exception {
    connection.probes = () -> CompletableFuture.completedFuture(false);
    Scene scene = pooled();

    scene.advance(seconds(10));

    assertEquals(2, connection.probeCalls.get());
    assertFalse(scene.holds(1));
    assertEquals(1, connection.closeCalls.get());
  }

  @Test
  void aProbeThatThrowsIsAMissAndHarmsNoOtherCheck() throws Exception {
    connection.probes =
        () -> {
          throw new IllegalStateException("cannot probe");
        };
    Scene scene = pooled();

    scene.advance(seconds(10));

    assertFalse(scene.holds(1));
  }

  @Test
  void aProbeThatReturnsNothingIsAMiss() throws Exception {
    connection.probes = () -> null;
    Scene scene = pooled();

    scene.advance(seconds(10));

    assertFalse(scene.holds(1));
  }

  @Test
  void aProbeThatIsNeverAnsweredIsAMissFiveSecondsAfterItsPatience() throws Exception {
    Scene scene = pooled();
    scene.advance(seconds(10));
    assertEquals(1, connection.probeCalls.get());

    scene.advance(PATIENCE.plus(seconds(5)).minusNanos(1));
    assertEquals(1, connection.probeCalls.get(), "its event loop may have stalled");
    scene.advance(Duration.ofNanos(1));
    assertEquals(2, connection.probeCalls.get());
    assertTrue(scene.holds(1));
    scene.advance(PATIENCE.plus(seconds(5)));

    assertFalse(scene.holds(1));
  }

  @Test
  void anErrorInACheckKeepsNobodyFromTheNext() throws Exception {
    connection.silence =
        () -> {
          throw new AssertionError("cannot tell");
        };
    Scene scene = pooled();
    scene.advance(seconds(10));
    assertEquals(0, connection.probeCalls.get());

    connection.silence = Optional::empty;
    scene.advance(seconds(1));

    assertEquals(1, connection.probeCalls.get());
  }

  @Test
  void whoEntersWhileAllAreLookedAtDoesNotPutTheNextLookOff() throws Exception {
    Scene scene = pooled();
    Lease held = scene.lease(1);
    FakeConnection other = new FakeConnection();
    connection.probes = () -> CompletableFuture.completedFuture(true);
    connection.silence =
        () -> {
          scene.pool.put(Peer.named("other"), other);
          return Optional.of(Duration.ZERO);
        };
    scene.advance(seconds(1));
    connection.silence = Optional::empty;

    scene.advance(millis(250)); // those in use are looked at four times as often

    assertEquals(1, connection.probeCalls.get());
    held.close();
  }

  @Test
  void aTransportThatCannotTellIsJudgedAllTheSame() throws Exception {
    connection.probes = () -> CompletableFuture.completedFuture(false);
    connection.rtt =
        () -> {
          throw new IllegalStateException("cannot tell");
        };
    Scene scene = pooled();

    scene.advance(seconds(10));

    assertFalse(scene.holds(1));
  }

  @Test
  void aTransportThatCannotSayWhetherItCanProbeIsLeftAloneAndTheOthersAreNot() throws Exception {
    Scene scene = pooled();
    connection.canProbe =
        () -> {
          throw new IllegalStateException("cannot tell");
        };
    FakeConnection other = new FakeConnection();
    scene.pool.put(Peer.named("other"), other);

    scene.pool.onNetworkChange();

    assertEquals(0, connection.probeCalls.get());
    assertEquals(1, other.probeCalls.get());
  }

  @Test
  void aTransportThatFailsInACheckKeepsNobodyFromTheNext() throws Exception {
    connection.silence =
        () -> {
          throw new IllegalStateException("cannot tell");
        };
    Scene scene = pooled();
    FakeConnection other = new FakeConnection();
    scene.pool.put(Peer.named("other"), other);

    scene.advance(seconds(10));
    connection.silence = Optional::empty;
    scene.advance(seconds(10));

    assertTrue(other.probeCalls.get() >= 1);
    assertTrue(connection.probeCalls.get() >= 1, "checked again");
  }

  @Test
  void aConnectionThatWasHeardOfIsNotProbed() throws Exception {
    connection.silence = () -> Optional.of(millis(9_999));
    connection.probes = () -> CompletableFuture.completedFuture(true);
    Scene scene = pooled();
    scene.advance(seconds(100));
    assertEquals(0, connection.probeCalls.get());

    connection.silence = () -> Optional.of(seconds(10));
    scene.advance(seconds(10));
    assertEquals(1, connection.probeCalls.get());
  }

  @Test
  void aConnectionInUseIsProbedSooner() throws Exception {
    connection.probes = () -> CompletableFuture.completedFuture(true);
    Scene scene = pooled();
    Lease held = scene.lease(1);
    scene.advance(seconds(5));
    assertEquals(5, connection.probeCalls.get(), "once in each second of silence");

    held.close();
    scene.advance(seconds(9));
    assertEquals(5, connection.probeCalls.get());
    scene.advance(seconds(1));
    assertEquals(6, connection.probeCalls.get());
  }

  @Test
  void theDeathOfAPeerInUseIsNoticedWithinTwoSecondsAndEndsWhatStandsOnIt() throws Exception {
    Scene scene = open();
    Lease held = scene.lease(1);
    QuicStream stream = held.openStream();
    scene.advance(seconds(100));
    assertTrue(scene.holds(1));

    scene.script(1).dieSilently();
    scene.advance(seconds(2));

    assertFalse(scene.holds(1));
    assertFalse(held.connection().isOpen());
    assertTrue(stream.ended().toCompletableFuture().isDone());
    held.close();
    assertEquals(List.of(new CloseCall(5, "unresponsive")), scene.connection(1).closeCalls());
  }

  @Test
  void oneThatAnswersIsProbedOnceInEachInterval() throws Exception {
    connection.probes = () -> CompletableFuture.completedFuture(true);
    Scene scene = pooled();

    scene.advance(seconds(100));

    assertEquals(10, connection.probeCalls.get());
    assertTrue(scene.holds(1));
  }

  @Test
  void aConnectionThatCannotBeProbedIsLeftAlone() throws Exception {
    Scene scene = checking();
    FakeConnection mute = new FakeConnection();
    mute.canProbe = () -> false;
    mute.probes = () -> CompletableFuture.completedFuture(false);
    scene.pool.put(Peer.named("mute"), mute);

    scene.advance(seconds(100));

    assertEquals(0, mute.probeCalls.get());
    assertEquals(1, scene.stats().open());
  }

  @Test
  void patienceGrowsWithTheRoundTripTime() throws Exception {
    Scene scene = checking();
    scene.use(1);
    scene.connection(1).rtt(seconds(1)); // patience is then 4.05 s
    scene.script(1).dieSilently();

    scene.advance(seconds(10).plus(millis(8_000)));
    assertTrue(scene.holds(1));
    scene.advance(millis(101));
    assertFalse(scene.holds(1));
  }
}

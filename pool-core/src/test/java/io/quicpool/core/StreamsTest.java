package io.quicpool.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.QuicStream;
import io.quicpool.StreamLimitException;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.PeerScript;
import io.quicpool.testkit.PendingDial;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class StreamsTest extends PoolTest {

  private static Lease leaseOfLimited(Scene scene, int number, int streams) throws IOException {
    return scene.pool.acquire(scene.limited(number, streams));
  }

  @Test
  void aStreamHoldsItsShareUntilBothDirectionsHaveEnded() throws Exception {
    Scene scene = open();
    QuicStream stream = scene.pool.openStream(scene.peer(1));
    assertEquals(0, scene.stats().leased(), "its lease is given back");
    assertEquals(1, scene.stats().streams());
    assertEquals(0, scene.stats().idle());

    stream.output().write("x".getBytes(UTF_8));
    stream.output().close();
    assertEquals(1, scene.stats().streams());
    assertEquals(1, stream.input().readAllBytes().length);

    assertEquals(0, scene.stats().streams());
    assertEquals(1, scene.stats().idle());
  }

  @Test
  void aConnectionWithAStreamIsNeitherEvictedNorExpired() throws Exception {
    Scene scene = open(max(1));
    QuicStream stream = scene.pool.openStream(scene.peer(1));
    CompletableFuture<Lease> other = scene.ask(2);
    scene.advance(seconds(9));
    assertWaits(other);

    stream.close();

    served(other).close();
  }

  @Test
  void aLeaseClosedEarlyLosesNoData() throws Exception {
    Scene scene = open(max(1));
    QuicStream stream;
    try (Lease lease = scene.lease(1)) {
      stream = lease.openStream();
      stream.output().write("kept".getBytes(UTF_8));
    }
    stream.output().close();
    assertEquals("kept", new String(stream.input().readAllBytes(), UTF_8));
  }

  @Test
  void whoWaitsForCreditGetsItWhenAnotherStreamEnds() throws Exception {
    Scene scene = open();
    Lease lease = leaseOfLimited(scene, 1, 1);
    QuicStream first = lease.openStream();
    CompletableFuture<QuicStream> second = lease.openStreamAsync();
    CompletableFuture<QuicStream> third = lease.openStreamAsync();
    assertWaits(second, third);

    first.close();

    assertTrue(second.isDone());
    assertWaits(third);
    second.join().close();
    third.join().close();
  }

  @Test
  void whoWaitsForCreditInVainIsToldAtTheDeadline() throws Exception {
    Scene scene = open(builder -> builder.acquireTimeout(seconds(3)));
    Lease lease = leaseOfLimited(scene, 1, 1);
    QuicStream open = lease.openStream();
    CompletableFuture<QuicStream> waiting = lease.openStreamAsync();

    scene.advance(seconds(3));

    assertEquals(
        "the peer allowed no further stream on connection 1 to 10.0.0.1:4433 within 3000 ms"
            + " (2 open or waiting)",
        failure(StreamLimitException.class, waiting).getMessage());
    assertEquals(0, scene.connection(1).waitingStreams(), "its place is free");
    open.close();
    assertEquals(0, scene.stats().streams());
  }

  @Test
  void aBlockedWaitForCreditHasTheDeadlineThatWasGiven() throws Exception {
    Scene scene = open();
    Lease lease = leaseOfLimited(scene, 1, 1);
    QuicStream open = lease.openStream();
    Background<QuicStream> waiting = Background.call(() -> lease.openStream(millis(5)));
    Background.until(() -> scene.connection(1).waitingStreams() == 1);
    waiting.untilBlocked();

    scene.advance(millis(5));

    assertInstanceOf(StreamLimitException.class, waiting.failure());
    open.close();
  }

  @Test
  void aCancelledWaitForCreditGivesItsShareAndItsPlaceBack() throws Exception {
    Scene scene = open();
    Lease lease = leaseOfLimited(scene, 1, 1);
    QuicStream first = lease.openStream();
    CompletableFuture<QuicStream> cancelled = lease.openStreamAsync();
    CompletableFuture<QuicStream> next = lease.openStreamAsync();

    cancelled.cancel(false);
    assertEquals(2, scene.stats().streams());
    first.close();

    next.join().close();
    lease.close();
    assertEquals(1, scene.stats().idle());
  }

  @Test
  void anInterruptedWaitForCreditGivesItsShareBack() throws Exception {
    Scene scene = open();
    Lease lease = leaseOfLimited(scene, 1, 1);
    QuicStream first = lease.openStream();
    Background<QuicStream> waiting = Background.call(lease::openStream);
    Background.until(() -> scene.connection(1).waitingStreams() == 1);
    waiting.untilBlocked();

    waiting.interrupt();

    assertInstanceOf(InterruptedIOException.class, waiting.failure());
    assertTrue(waiting.wasInterrupted());
    assertEquals(1, scene.stats().streams());
    first.close();
  }

  @Test
  void aStreamThatComesWhenItsCallerHasGoneIsClosed() throws Exception {
    TaskQueue tasks = new TaskQueue();
    Scene scene = open(builder -> builder.executor(tasks));
    CompletableFuture<Lease> asked = scene.ask(1);
    tasks.runAll();
    Lease lease = served(asked);
    CompletableFuture<QuicStream> stream = lease.openStreamAsync();
    assertTrue(stream.cancel(false));

    tasks.runAll();

    assertEquals(0, scene.stats().streams());
    assertEquals(0, scene.connection(1).openStreams());
  }

  @Test
  void whenTheConnectionDiesWhoWaitsForCreditIsToldAtOnce() throws Exception {
    Scene scene = open();
    Lease lease = leaseOfLimited(scene, 1, 1);
    lease.openStream();
    CompletableFuture<QuicStream> waiting = lease.openStreamAsync();

    scene.connection(1).closeByPeer(42, "maintenance");

    ConnectionLostException lost = failure(ConnectionLostException.class, waiting);
    assertEquals(
        new CloseReason(CloseReason.Kind.PEER_APPLICATION, 42, "maintenance"), lost.reason());
    assertEquals(0, scene.stats().streams());
  }

  @Test
  void aLeaseWhoseConnectionHasEndedOpensNoStream() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);
    scene.connection(1).lose();

    assertThrows(ConnectionLostException.class, lease::openStream);
    assertEquals(1, scene.network.dials(), "a lease stands on one connection");
  }

  @Test
  void aStaleHitIsOpenedAnewOnceByThePool() throws Exception {
    Scene scene = open();
    PeerScript script = scene.script(1);
    CloseReason lost = new CloseReason(CloseReason.Kind.LOST, 0, "stale");
    scene.use(1);
    script.openStreamFails(
        () -> {
          script.heal();
          scene.connection(1).lose();
          return new ConnectionLostException("gone", lost);
        });

    try (QuicStream stream = scene.pool.openStream(scene.peer(1))) {
      assertEquals(2, scene.network.opened());
      assertEquals(0, stream.id());
    }
  }

  @Test
  void aStreamThatCannotBeOpenedTwiceFails() throws Exception {
    Scene scene = open();
    CloseReason lost = new CloseReason(CloseReason.Kind.LOST, 0, "always");
    scene.script(1).openStreamFails(() -> new ConnectionLostException("gone", lost));

    ConnectionLostException failed =
        assertThrows(ConnectionLostException.class, () -> scene.pool.openStream(scene.peer(1)));

    assertEquals(lost, failed.reason());
    assertEquals(2, scene.stats().requests());
    assertEquals(0, scene.stats().streams() + scene.stats().leased());
  }

  @Test
  void aStreamOfThePoolTakesNoLongerThanTheAcquireTimeoutAsAWhole() throws Exception {
    Scene scene = open(builder -> builder.connectTimeout(seconds(60)));
    Peer peer = scene.held(1);
    scene.script(1).openStreamHangs();
    Background<QuicStream> caller = Background.call(() -> scene.pool.openStream(peer));
    PendingDial dial = scene.onlyDial();
    caller.untilBlocked(); // its alarm is armed
    scene.advance(seconds(9));
    dial.complete();
    Background.until(() -> scene.stats().streams() == 1);
    caller.untilBlocked();

    scene.advance(seconds(1));

    assertInstanceOf(StreamLimitException.class, caller.failure());
    assertEquals(seconds(10), scene.time.elapsed());
  }

  @Test
  void anErrorOfTheStackIsALostConnectionToTheCaller() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);
    scene.script(1).openStreamFails(() -> new IllegalStateException("native error -5"));

    ConnectionLostException lost = assertThrows(ConnectionLostException.class, lease::openStream);

    assertTrue(lost.getCause().getMessage().contains("native error -5"));
    assertEquals(0, scene.stats().streams());
  }

  @Test
  void aTransportThatReturnsNothingOrThrowsKeepsNoShare() throws Exception {
    FakeConnection connection = new FakeConnection();
    Scene scene = open(builder -> builder.transport(FakeTransport.to(connection)));
    Lease lease = scene.lease(1);

    connection.streams = () -> null;
    assertThrows(ConnectionLostException.class, lease::openStream);
    connection.streams = () -> CompletableFuture.completedFuture(null);
    assertThrows(ConnectionLostException.class, lease::openStream);
    connection.streams =
        () -> {
          throw new IllegalStateException("no");
        };
    assertThrows(ConnectionLostException.class, lease::openStream);

    assertEquals(0, scene.stats().streams());
  }

  @Test
  void moreStreamsThanAConnectionCanCountAreALimitAndNoLoss() throws Exception {
    Scene scene = open();
    Lease lease = leaseOfLimited(scene, 1, 100_000);
    List<QuicStream> streams = new ArrayList<>();
    for (int i = 0; i < 65_535; i++) {
      streams.add(lease.openStream());
    }

    StreamLimitException refused = assertThrows(StreamLimitException.class, lease::openStream);

    assertTrue(refused.getMessage().contains("65535"), refused.getMessage());
    streams.get(0).close();
    lease.openStream().close();
    scene.connection(1).lose(); // ends them all at once
    assertEquals(0, scene.stats().streams());
  }

  @Test
  void aHungOpenFailsWhenTheConnectionIsCutByClose() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);
    scene.script(1).openStreamHangs();
    CompletableFuture<QuicStream> waiting = lease.openStreamAsync();

    scene.pool.close(Duration.ZERO);

    failure(ConnectionLostException.class, waiting);
    assertFalse(lease.connection().isOpen());
    assertThrows(ConnectionLostException.class, lease::openStream);
  }

  @Test
  void aHitNeedsNoDial() throws Exception {
    Scene scene = open();
    scene.use(1);
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("down")));

    scene.pool.openStream(scene.peer(1)).close();

    assertEquals(1, scene.stats().hits());
  }
}

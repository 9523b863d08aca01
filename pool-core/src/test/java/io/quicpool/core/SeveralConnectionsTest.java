package io.quicpool.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireOptions;
import io.quicpool.Capability;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PutResult;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.StreamLimitException;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.PendingDial;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Several connections to one peer: when the next one is opened, and which one is handed out. */
class SeveralConnectionsTest extends PoolTest {

  private static Consumer<PoolBuilder> perPeer(int max) {
    return builder -> builder.maxConnectionsPerPeer(max);
  }

  /** A stream on the peer's connection that the pool chooses, which stays open. */
  private static QuicStream stream(Scene scene, int number) {
    try (Lease lease = scene.lease(number)) {
      return lease.openStreamAsync().join();
    }
  }

  /** Peer 1 allows a stream on each of so many connections; on the first it is open. */
  private Scene withOneUsedUp(int max) throws Exception {
    Scene scene = open(perPeer(max));
    scene.limited(1, 1);
    stream(scene, 1);
    return scene;
  }

  private static long connectionOf(Scene scene, int number) {
    try (Lease lease = scene.lease(number)) {
      return lease.connection().id();
    }
  }

  // When there is one more.

  @Test
  void byDefaultThereIsOneWhateverItsCredit() throws Exception {
    Scene scene = open();
    scene.limited(1, 1);
    stream(scene, 1);

    assertEquals(1, connectionOf(scene, 1));
    assertEquals(1, scene.stats().dials());
  }

  @Test
  void theNextIsDialledWhenCreditIsUsedUpAndNotBefore() throws Exception {
    Scene scene = open(perPeer(3));
    scene.limited(1, 2);
    stream(scene, 1);
    stream(scene, 1);
    assertEquals(1, scene.stats().dials());

    stream(scene, 1);

    assertEquals(2, scene.stats().dials());
    assertEquals(2, scene.stats().open());
    assertEquals(1, scene.pool.connectedPeers().size());
    assertEquals(2, scene.stats().misses(), "who waits for a dial has missed");
  }

  @Test
  void theOneWithTheFewestLeasesAndStreamsIsHandedOut() throws Exception {
    Scene scene = open(perPeer(2));
    scene.limited(1, 2);
    QuicStream first = stream(scene, 1);
    stream(scene, 1);
    stream(scene, 1);
    first.close(); // both have one stream and credit for one
    List<Lease> leases = new ArrayList<>();
    for (long expected : List.of(2L, 1L, 2L, 1L)) {
      Lease lease = scene.lease(1);
      assertEquals(expected, lease.connection().id());
      leases.add(lease);
    }
    leases.get(1).close();
    leases.get(3).close();

    assertEquals(1, connectionOf(scene, 1));
    assertEquals(2, scene.stats().dials());
  }

  @Test
  void oneWithoutCreditIsHandedOutLast() throws Exception {
    Scene scene = withOneUsedUp(2);
    List<Lease> leases = List.of(scene.lease(1), scene.lease(1), scene.lease(1));

    leases.forEach(lease -> assertEquals(2, lease.connection().id()));
  }

  @Test
  void withAsManyAsThereMayBeStreamsWaitForCredit() throws Exception {
    Scene scene = withOneUsedUp(2);
    QuicStream second = stream(scene, 1);
    Lease lease = scene.lease(1);
    assertEquals(2, lease.connection().id(), "the newest of equals");
    CompletableFuture<QuicStream> waiting = lease.openStreamAsync();
    assertWaits(waiting);

    second.close();

    waiting.join().close();
    assertEquals(2, scene.stats().dials());
  }

  @Test
  void oneIsDialledAtATimeForAllWhoCome() throws Exception {
    Scene scene = withOneUsedUp(4);
    scene.held(1);
    List<CompletableFuture<Lease>> asked = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      asked.add(scene.ask(1));
    }
    assertWaits(asked.toArray(CompletableFuture<?>[]::new));
    assertEquals(1, scene.stats().dialling());
    assertEquals(10, scene.stats().waiting());

    scene.onlyDial().complete();

    asked.forEach(future -> assertEquals(2, served(future).connection().id()));
  }

  @Test
  void tryAcquireNeverDials() throws Exception {
    Scene scene = open(perPeer(2));
    Peer peer = scene.limited(1, 1);
    stream(scene, 1);

    assertEquals(1, scene.pool.tryAcquire(peer).orElseThrow().connection().id());
    assertEquals(1, scene.stats().dials());
  }

  @Test
  void whereTheStackDoesNotTellAStreamThatWaitsTellsOfUsedUpCredit() throws Exception {
    Scene scene = open(perPeer(3), Capability.STREAM_CREDIT);
    scene.limited(1, 1);
    stream(scene, 1);
    Lease lease = scene.lease(1);
    CompletableFuture<QuicStream> waiting = lease.openStreamAsync();
    assertEquals(1, connectionOf(scene, 1), "it may be opened in a moment");
    scene.advance(StreamOpener.MOMENT);

    assertEquals(2, connectionOf(scene, 1));
    assertEquals(2, connectionOf(scene, 1));
    QuicStream one = stream(scene, 1);
    QuicStream two = scene.lease(1).openStreamAsync().getNow(null);
    assertEquals(null, two, "waits on the second");
    waiting.cancel(false);
    scene.advance(StreamOpener.MOMENT);

    assertEquals(1, connectionOf(scene, 1), "nothing waits there any more");
    assertEquals(2, scene.stats().dials());
    one.close();
  }

  // When the next one cannot be had.

  @Test
  void whoWaitsForAFurtherOneForLongGetsWhatThereIs() throws Exception {
    Scene scene = withOneUsedUp(2);
    scene.held(1);
    CompletableFuture<Lease> asked = scene.ask(1);
    scene.advance(millis(249));
    assertWaits(asked);

    scene.advance(millis(1));

    assertEquals(1, served(asked).connection().id());
    assertEquals(1, scene.stats().dialling(), "for those who come");
    scene.onlyDial().complete();
    assertEquals(2, connectionOf(scene, 1));
  }

  @Test
  void atItsDeadlineTooItGetsWhatThereIs() throws Exception {
    Scene scene = open(perPeer(2).andThen(builder -> builder.acquireTimeout(millis(100))));
    scene.limited(1, 1);
    stream(scene, 1);
    scene.held(1);
    CompletableFuture<Lease> asked = scene.ask(1);

    scene.advance(millis(100));

    assertEquals(1, served(asked).connection().id());
  }

  @Test
  void itsOwnConnectionMakesNoRoomForAFurtherOne() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(2).maxConnectionsPerPeer(2));
    scene.limited(1, 0);
    assertEquals(1, connectionOf(scene, 1), "idle, without credit");
    Lease other = scene.lease(2);

    assertEquals(1, connectionOf(scene, 1));
    assertEquals(2, scene.stats().dials());
    other.close();
    assertEquals(3, connectionOf(scene, 1), "another's does");
  }

  @Test
  void aPeerThatEndsAFurtherOneAtOnceIsLeftInPeace() throws Exception {
    Scene scene = withOneUsedUp(3);
    assertEquals(2, connectionOf(scene, 1));

    scene.connection(1).closeByPeer(7, "no room");

    assertEquals(1, connectionOf(scene, 1));
    assertEquals(2, scene.stats().dials());
    scene.advance(millis(300));
    assertEquals(3, connectionOf(scene, 1));
  }

  @Test
  void aFurtherDialThatFailsServesItsWaitersWithWhatThereIs() throws Exception {
    Scene scene = withOneUsedUp(2);
    scene.held(1);
    CompletableFuture<Lease> asked = scene.ask(1);

    scene.onlyDial().fail(new IllegalStateException("no second one"));

    assertEquals(1, served(asked).connection().id());
    assertEquals(1, scene.stats().dialsFailed());
  }

  @Test
  void afterwardsThePeerIsLeftInPeaceForAWhile() throws Exception {
    Scene scene = open(perPeer(2));
    Peer peer = scene.limited(1, 1);
    stream(scene, 1);
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("no second one")));
    scene.use(1);
    scene.script(1).heal();
    assertEquals(2, scene.stats().dials());

    assertEquals(1, connectionOf(scene, 1));
    assertEquals(2, scene.stats().dials(), "in peace");
    CompletableFuture<Lease> urgent =
        scene.pool.acquireAsync(peer, AcquireOptions.defaults().ignoringBackoff());
    assertEquals(2, served(urgent).connection().id());
    scene.connection(1).lose();
    scene.advance(millis(300));

    assertEquals(4, connectionOf(scene, 1) + 1);
  }

  @Test
  void withoutRoomThereIsNoWaitForIt() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(2).maxConnectionsPerPeer(2));
    scene.limited(1, 1);
    stream(scene, 1);
    Lease other = scene.lease(2);

    assertEquals(1, connectionOf(scene, 1), "everything is in use");
    other.close();
    assertEquals(3, connectionOf(scene, 1), "evicts what is idle");
    assertFalse(scene.holds(2));
  }

  @Test
  void aFurtherOneDoesNotOvertakeThoseWhoWaitForRoom() throws Exception {
    Scene scene = open(builder -> builder.maxConnections(2).maxConnectionsPerPeer(2));
    scene.limited(1, 1);
    stream(scene, 1);
    Lease other = scene.lease(2);
    CompletableFuture<Lease> waiting = scene.ask(3);

    Lease lease = scene.lease(1);
    assertEquals(1, lease.connection().id());
    other.close();

    served(waiting);
    assertEquals(1, connectionOf(scene, 1));
  }

  @Test
  void whenAllOfThemDieTheDialInFlightServesWhoCome() throws Exception {
    Scene scene = withOneUsedUp(2);
    scene.held(1);
    CompletableFuture<Lease> asked = scene.ask(1);
    scene.script(1).connections().get(0).lose();
    CompletableFuture<Lease> later = scene.ask(1);
    assertWaits(asked, later);
    assertEquals(1, scene.stats().dialling());

    scene.onlyDial().complete();

    assertEquals(2, served(asked).connection().id());
    assertEquals(2, served(later).connection().id());
  }

  @Test
  void aFurtherDialThatFailsWithNothingLeftFailsItsWaiters() throws Exception {
    Scene scene = withOneUsedUp(2);
    scene.held(1);
    CompletableFuture<Lease> asked = scene.ask(1);
    scene.script(1).connections().get(0).lose();

    scene.onlyDial().fail(new IllegalStateException("nothing at all"));

    failure(IOException.class, asked);
  }

  // openStream.

  @Test
  void aStreamOfThePoolIsOpenedWhereThereIsCredit() throws Exception {
    Scene scene = open(perPeer(3));
    Peer peer = scene.limited(1, 1);
    for (int i = 1; i <= 3; i++) {
      scene.pool.openStream(peer).output().write("x".getBytes(UTF_8));
      assertEquals(i, scene.stats().open());
    }

    assertEquals(3, scene.stats().dials());
  }

  @Test
  void aStreamThatWaitsGoesOnToAnotherConnection() throws Exception {
    Scene scene = open(perPeer(2), Capability.STREAM_CREDIT);
    Peer peer = scene.limited(1, 1);
    stream(scene, 1);
    Background<QuicStream> waiting = Background.call(() -> scene.pool.openStream(peer));
    Background.until(() -> scene.connection(1).waitingStreams() == 1);
    waiting.untilBlocked();

    scene.advance(StreamOpener.MOMENT);

    waiting.result().close();
    assertEquals(2, scene.stats().open());
    assertEquals(0, scene.script(1).connections().get(0).waitingStreams());
  }

  @Test
  void aStreamThatFindsNoCreditAnywhereWaitsForItsDeadline() throws Exception {
    Scene scene = open(perPeer(2).andThen(builder -> builder.acquireTimeout(seconds(3))));
    Peer peer = scene.limited(1, 1);
    stream(scene, 1);
    stream(scene, 1);
    Background<QuicStream> waiting = Background.call(() -> scene.pool.openStream(peer));
    for (int look : List.of(50, 100, 200, 400, 800)) { // and then for the 1450 ms that are left
      untilItWaits(scene, waiting);
      scene.advance(millis(look));
    }
    untilItWaits(scene, waiting);
    scene.advance(millis(1_449));
    assertFalse(waiting.isDone());
    scene.advance(millis(1));

    assertTrue(waiting.failure() instanceof StreamLimitException);
    assertEquals(2, scene.stats().streams());
  }

  private static void untilItWaits(Scene scene, Background<QuicStream> caller) {
    Background.until(
        () ->
            scene.script(1).connections().stream()
                    .mapToInt(InMemoryConnection::waitingStreams)
                    .sum()
                == 1);
    caller.untilBlocked();
  }

  @Test
  void aStreamThatWaitsLooksForCreditElsewhere() throws Exception {
    Scene scene = open(perPeer(2));
    Peer peer = scene.limited(1, 1);
    QuicStream first = stream(scene, 1);
    stream(scene, 1);
    Background<QuicStream> waiting = Background.call(() -> scene.pool.openStream(peer));
    untilItWaits(scene, waiting);
    assertEquals(1, scene.connection(1).waitingStreams(), "on the second");

    first.close();
    scene.advance(StreamOpener.MOMENT);

    waiting.result().close();
    assertEquals(2, scene.stats().dials());
  }

  @Test
  void aShortWaitInVainSaysNothingAboutTheCredit() throws Exception {
    Scene scene = open(perPeer(2), Capability.STREAM_CREDIT);
    scene.limited(1, 1);
    stream(scene, 1);
    Lease lease = scene.lease(1);
    for (long wait : List.of(49, 50)) {
      assertEquals(1, connectionOf(scene, 1));
      Background<QuicStream> waiting = Background.call(() -> lease.openStream(millis(wait)));
      untilItWaits(scene, waiting);
      scene.advance(millis(wait));
      assertTrue(waiting.failure() instanceof StreamLimitException);
    }

    assertEquals(2, connectionOf(scene, 1));
  }

  // What holds for each, and for all.

  @Test
  void allOfThemAreInvalidatedDrainedAndClosed() throws Exception {
    Scene scene = open(perPeer(2));
    Peer peer = scene.limited(1, 1);
    QuicStream first = stream(scene, 1);
    QuicStream second = stream(scene, 1);

    CompletableFuture<Void> drained = scene.pool.drain(peer);
    assertEquals(0, scene.stats().open());
    assertEquals(2, scene.stats().draining());
    first.close();
    assertWaits(drained);
    second.close();
    assertTrue(drained.isDone());

    stream(scene, 1);
    stream(scene, 1);
    assertTrue(scene.pool.invalidate(peer));
    assertEquals(0, scene.stats().open());
  }

  @Test
  void theDeathOfOneLeavesTheOther() throws Exception {
    Scene scene = withOneUsedUp(2);
    stream(scene, 1);
    for (InMemoryConnection connection : List.copyOf(scene.script(1).connections())) {
      assertTrue(scene.holds(1));
      connection.lose();
    }
    assertFalse(scene.holds(1));
  }

  @Test
  void aSuspectIsNotHandedOutWhileTheOtherIs() throws Exception {
    Scene scene = open(perPeer(2));
    scene.limited(1, 1);
    Lease suspected = scene.lease(1);
    suspected.openStreamAsync().join();
    stream(scene, 1).close();
    scene.script(1).connections().get(0).dieSilently();
    suspected.reportFailure(new IOException("odd"));
    assertEquals(1, scene.stats().suspect());

    assertEquals(2, connectionOf(scene, 1));
    scene.advance(seconds(2));
    assertEquals(1, scene.stats().open(), "it was dead");
    assertEquals(2, connectionOf(scene, 1));
    assertEquals(2, scene.stats().dials());
  }

  @Test
  void whileAllAreSuspectTheFirstThatLivesServesWhoWaits() throws Exception {
    Scene scene = withOneUsedUp(2);
    stream(scene, 1);
    List<InMemoryConnection> all = List.copyOf(scene.script(1).connections());
    all.forEach(InMemoryConnection::dieSilently);
    scene.pool.onNetworkChange();
    CompletableFuture<Lease> asked = scene.ask(1);
    assertWaits(asked);
    assertEquals(0, scene.stats().dialling());

    all.get(0).revive();
    scene.advance(seconds(2));

    assertEquals(1, served(asked).connection().id());
    assertEquals(1, scene.stats().open());
  }

  @Test
  void eachExpiresForItself() throws Exception {
    Scene scene = open(perPeer(2));
    scene.limited(1, 1);
    QuicStream first = stream(scene, 1);
    stream(scene, 1).close();
    scene.advance(seconds(70));
    assertEquals(1, scene.stats().open());
    assertEquals(1, scene.stats().expirations());

    first.close();
    scene.advance(seconds(70));

    assertFalse(scene.holds(1));
  }

  @Test
  void ofAPeerThatIsKeptOneStays() throws Exception {
    Scene scene = open(max(3).andThen(perPeer(3)));
    Peer peer = scene.limited(1, 1);
    scene.pool.keepWarm(peer);
    scene.pool.protect(peer);
    List<QuicStream> streams = List.of(stream(scene, 1), stream(scene, 1), stream(scene, 1));
    streams.forEach(QuicStream::close);

    Lease second = scene.lease(2);
    Lease third = scene.lease(3);

    assertEquals(3, scene.stats().open());
    assertTrue(scene.holds(1));
    CompletableFuture<Lease> none = scene.ask(4);
    assertWaits(none);
    none.cancel(false);
    second.close();
    third.close();
    scene.advance(Duration.ofHours(1));
    assertEquals(1, scene.stats().open());
  }

  @Test
  void whatWasKeptAsTheOnlyOneExpiresBesideAnother() throws Exception {
    Scene scene = open(perPeer(2));
    Peer peer = scene.limited(1, 1);
    scene.pool.keepWarm(peer);
    scene.advance(seconds(300));
    QuicStream first = stream(scene, 1);
    QuicStream second = stream(scene, 1);
    first.close();
    second.close();
    scene.advance(seconds(70));

    assertEquals(1, scene.stats().open());
  }

  @Test
  void whatHasLivedLongEnoughIsReplacedAndTheOtherIsNot() throws Exception {
    Scene scene = open(perPeer(2).andThen(builder -> builder.maxLifetime(seconds(100))));
    scene.limited(1, 1);
    stream(scene, 1);
    scene.advance(seconds(50));
    stream(scene, 1);
    scene.advance(seconds(50));

    assertEquals(2, scene.stats().open());
    assertEquals(1, scene.stats().draining());
    assertEquals(List.of(1), indexesOfPooled(scene, 1, 2));
    assertEquals(3, scene.stats().dials());
  }

  /** Which of the first connections are still pooled, by their place from 0. */
  private static List<Integer> indexesOfPooled(Scene scene, int number, int first) {
    List<Integer> pooled = new ArrayList<>();
    for (int i = 0; i < first; i++) {
      if (!scene.events.removed(scene.script(number).connections().get(i))) {
        pooled.add(i);
      }
    }
    return pooled;
  }

  @Test
  void aFurtherDialDoesNotReplaceWhatHasAgedMeanwhile() throws Exception {
    Scene scene = open(perPeer(2).andThen(builder -> builder.maxLifetime(seconds(100))));
    scene.limited(1, 1);
    stream(scene, 1);
    scene.advance(seconds(89));
    scene.held(1);
    CompletableFuture<Lease> asked = scene.ask(1);
    scene.script(1).heal();
    PendingDial further = scene.onlyDial();
    scene.advance(millis(4_900));
    assertEquals(1, served(asked).connection().id(), "it does not wait for long");
    further.complete();
    assertEquals(2, scene.stats().open());

    scene.advance(seconds(10));

    assertEquals(List.of(1), indexesOfPooled(scene, 1, 2));
    assertEquals(2, scene.stats().open());
  }

  @Test
  void whatAgesDuringADialForAnotherIsReplacedNext() throws Exception {
    Scene scene = open(perPeer(2).andThen(builder -> builder.maxLifetime(seconds(100))));
    scene.limited(1, 1);
    stream(scene, 1);
    stream(scene, 1);
    scene.advance(seconds(89));
    scene.held(1);
    while (scene.network.pendingDials().isEmpty()) {
      scene.advance(millis(100));
    }
    scene.advance(millis(4_000));
    scene.onlyDial().complete();
    scene.script(1).heal();

    scene.advance(seconds(10));

    assertEquals(List.of(), indexesOfPooled(scene, 1, 2));
    assertEquals(2, scene.stats().open());
  }

  @Test
  void putTakesThePlaceOfAll() throws Exception {
    Scene scene = open(perPeer(3));
    Peer peer = scene.limited(1, 1);
    stream(scene, 1);
    stream(scene, 1);
    InMemoryConnection better = scene.unpooled(1);

    PutResult result = scene.pool.put(peer, better);

    assertEquals(PutResult.Status.REPLACED, result.status());
    assertEquals(1, scene.stats().open());
    assertEquals(2, scene.stats().draining());
    InMemoryConnection relayed = scene.unpooled(1);
    assertEquals(
        PutResult.Status.REFUSED_WORSE, scene.pool.put(peer, relayed, Origin.RELAYED).status());
    assertEquals(PutResult.Status.ALREADY_POOLED, scene.pool.put(peer, better).status());
    relayed.close(0, "mine");
  }

  @Test
  void aDirectOneTakesThePlaceOfARelayedOneAlsoIfThereMayBeMore() throws Exception {
    Scene scene = open(perPeer(3));
    Peer peer = scene.limited(1, 1);
    scene.pool.put(peer, scene.unpooled(1), Origin.RELAYED);
    stream(scene, 1);

    stream(scene, 1);

    assertEquals(1, scene.stats().open());
    assertEquals(1, scene.stats().draining());
    try (Lease lease = scene.pool.tryAcquire(peer).orElseThrow()) {
      assertEquals(Origin.DIALLED, lease.connection().origin());
    }
  }

  @Test
  void aPolicySeesHowManyAPeerHas() throws Exception {
    List<Integer> seen = new ArrayList<>();
    EvictionPolicy policy =
        new TestPolicy() {
          @Override
          public void added(Entry entry) {
            super.added(entry);
            seen.add(entry.connectionsOfPeer());
          }

          @Override
          public void removed(Entry entry) {
            super.removed(entry);
            seen.add(entry.connectionsOfPeer());
          }
        };
    Scene scene = open(perPeer(2).andThen(builder -> builder.eviction(() -> policy)));
    scene.limited(1, 1);
    stream(scene, 1);
    stream(scene, 1);

    assertEquals(List.of(1, 2), seen);
    seen.clear();
    scene.pool.invalidate(scene.peer(1));
    assertEquals(List.of(2, 1), seen, "itself included");
  }

  // Settings.

  @Test
  void theSettingIsChecked() {
    PoolBuilder builder = QuicPool.builder().alpn("test/1");
    assertEquals(
        "maxConnectionsPerPeer must be at least 1 and at most 10000000, was 0",
        assertThrows(IllegalArgumentException.class, () -> builder.maxConnectionsPerPeer(0))
            .getMessage());
    builder.maxConnections(2).maxConnectionsPerPeer(3);
    assertEquals(
        "maxConnectionsPerPeer must be at most maxConnections, which is 2, was 3",
        assertThrows(IllegalStateException.class, builder::open).getMessage());
  }
}

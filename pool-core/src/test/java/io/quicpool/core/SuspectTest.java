package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireOptions;
import io.quicpool.AcquireTimeoutException;
import io.quicpool.ConnectionLostException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.QuicStream;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.AbstractQuicStream;
import io.quicpool.testkit.InMemoryConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a pool does with a connection while it is in doubt, and what puts it there. */
class SuspectTest extends PoolTest {
  private final Deque<CompletableFuture<Boolean>> probes = new ArrayDeque<>();

  /** A connection whose probes wait for the test. */
  private FakeConnection fake() {
    FakeConnection fake = new FakeConnection();
    fake.silence = () -> Optional.of(Duration.ZERO);
    fake.probes =
        () -> {
          CompletableFuture<Boolean> probe = new CompletableFuture<>();
          probes.add(probe);
          return probe;
        };
    return fake;
  }

  private static final Peer BOB = Peer.named("bob");

  /** A pool with that connection in it, under the name of bob. */
  private Scene with(FakeConnection connection) throws Exception {
    Scene scene = open();
    assertTrue(scene.pool.put(BOB, connection).isPooled());
    return scene;
  }

  /** Puts bob's connection in doubt. */
  private static void doubt(Scene scene) {
    Lease lease = scene.pool.acquireAsync(BOB).join();
    lease.reportFailure(new IOException("odd"));
    lease.close();
    assertEquals(1, scene.stats().suspect());
  }

  private void answer(boolean alive) {
    probes.remove().complete(alive);
  }

  @Test
  void itIsNotHandedOutUntilItGivesASignOfLife() throws Exception {
    Scene scene = with(fake());
    scene.events.take();
    doubt(scene);
    assertTrue(scene.pool.tryAcquire(BOB).isEmpty());
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(BOB);
    assertWaits(asked);
    assertEquals(1, scene.stats().waiting());
    assertEquals(0, scene.stats().idle());

    answer(true);

    served(asked).close();
    assertEquals(0, scene.stats().dials());
    assertEquals(0, scene.stats().suspect());
    assertEquals(List.of("suspected 1", "reinstated 1"), scene.events.take());
    served(scene.pool.acquireAsync(BOB)).close();
  }

  @Test
  void oneMissLeavesItInDoubtAndTheSecondRemovesIt() throws Exception {
    FakeConnection connection = fake();
    Scene scene = with(connection);
    doubt(scene);

    answer(false);
    assertEquals(1, scene.stats().suspect());
    answer(false);

    assertEquals(0, scene.stats().open());
    assertEquals(1, connection.closeCalls.get());
    assertEquals(1, scene.stats().removedDead());
  }

  @Test
  void whoWaitsForOneThatIsDeadIsDialledFor() throws Exception {
    Scene scene = open();
    scene.use(1);
    InMemoryConnection dead = scene.connection(1);
    dead.dieSilently();
    scene.pool.onNetworkChange();
    CompletableFuture<Lease> first = scene.ask(1);
    CompletableFuture<Lease> second = scene.ask(1);
    assertWaits(first, second);

    scene.advance(millis(500));

    assertEquals(served(first).connection().id(), served(second).connection().id());
    assertEquals(2, scene.stats().dials());
    assertNotEquals(dead, scene.connection(1));
    assertEquals(3, scene.stats().misses());
    assertEquals(0, scene.stats().hits());
    first.join().close();
    second.join().close();
  }

  @Test
  void whoWaitsForOneThatEndsMeanwhileIsDialledForAtOnce() throws Exception {
    Scene scene = open();
    scene.use(1);
    scene.connection(1).dieSilently();
    scene.pool.onNetworkChange();
    CompletableFuture<Lease> asked = scene.ask(1);
    assertWaits(asked);

    scene.events.take();
    scene.connection(1).lose();

    served(asked).close();
    assertEquals("removed 1 DIED", scene.events.take().get(0)); // and not reinstated before
  }

  @Test
  void whoWaitsForOneThatIsInvalidatedIsDialledForAtOnce() throws Exception {
    Scene scene = open();
    scene.use(1);
    scene.connection(1).dieSilently();
    scene.pool.onNetworkChange();
    CompletableFuture<Lease> asked = scene.ask(1);

    assertTrue(scene.pool.invalidate(scene.peer(1)));

    served(asked).close();
  }

  @Test
  void whoWaitsForOneThatIsReplacedGetsTheOther() throws Exception {
    Scene scene = with(fake());
    doubt(scene);
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(BOB);

    FakeConnection other = fake();
    assertTrue(scene.pool.put(BOB, other).isPooled());

    served(asked).close();
    assertEquals(0, scene.stats().waiting());
    answer(false); // of the one that has left
    assertTrue(other.isOpen());
  }

  @Test
  void whoFindsThatItHasEndedDialsForAllWhoWait() throws Exception {
    FakeConnection first = fake();
    FakeConnection second = fake();
    Deque<FakeConnection> dials = new ArrayDeque<>(List.of(first, second));
    Scene scene =
        open(
            builder ->
                builder.transport(
                    new FakeTransport(r -> FakeTransport.verified(r, dials.remove()))));
    scene.use(1);
    scene.pool.onNetworkChange();
    CompletableFuture<Lease> waiting = scene.ask(1);
    assertWaits(waiting);

    first.open = false; // and nobody tells
    CompletableFuture<Lease> finding = scene.ask(1);

    served(finding).close();
    served(waiting).close();
    assertEquals(2, scene.stats().dials());
    assertEquals(1, first.closeCalls.get());
  }

  @Test
  void whoWaitsMayLeaveAndMayTimeOut() throws Exception {
    Scene scene = with(fake());
    doubt(scene);
    CompletableFuture<Lease> leaving = scene.pool.acquireAsync(BOB);
    CompletableFuture<Lease> staying = scene.pool.acquireAsync(BOB);
    leaving.cancel(true);
    assertEquals(1, scene.stats().waiting());

    probes.clear(); // never answered: each is a miss five seconds after its patience
    scene.advance(seconds(9));
    assertEquals(1, scene.stats().waiting());
    scene.advance(seconds(1)); // the caller's time is up before the verdict

    assertEquals(0, scene.stats().waiting());
    failure(AcquireTimeoutException.class, staying);
    scene.advance(seconds(1));
    assertEquals(0, scene.stats().open());
  }

  @Test
  void aShortTimeoutPassesBeforeTheVerdict() throws Exception {
    Scene scene = with(fake());
    doubt(scene);
    CompletableFuture<Lease> asked =
        scene.pool.acquireAsync(BOB, AcquireOptions.defaults().within(millis(100)));

    scene.advance(millis(100));

    assertEquals(
        "no connection to named:bob within 100 ms (0 dialling, 1/100 open, 1 waiting)",
        failure(AcquireTimeoutException.class, asked).getMessage());
    answer(true);
    served(scene.pool.acquireAsync(BOB)).close();
  }

  @Test
  void itIsNotEvictedAndWhoNeedsRoomWaitsForTheVerdict() throws Exception {
    Scene scene = open(max(1));
    assertTrue(scene.pool.put(BOB, fake()).isPooled());
    doubt(scene);
    CompletableFuture<Lease> asked = scene.ask(2);
    assertWaits(asked);
    assertEquals(0, scene.stats().evictions());

    answer(true); // it is idle and in no doubt: it may go

    served(asked).close();
    assertEquals(1, scene.stats().evictions());
    assertEquals(0, scene.stats().policyFaults());
  }

  @Test
  void oneThatIsFoundDeadMakesRoom() throws Exception {
    Scene scene = open(max(1));
    assertTrue(scene.pool.put(BOB, fake()).isPooled());
    doubt(scene);
    CompletableFuture<Lease> asked = scene.ask(2);

    answer(false);
    answer(false);

    served(asked).close();
    assertEquals(0, scene.stats().evictions());
  }

  @Test
  void givenBackWhileInDoubtItExpiresAsAnyOther() throws Exception {
    FakeConnection connection = fake();
    Scene scene = with(connection);
    Lease lease = served(scene.pool.acquireAsync(BOB));
    scene.advance(seconds(61)); // not idle, so it has left the order of the idle
    lease.reportFailure(new IOException("odd"));
    lease.close();
    answer(true);
    assertEquals(1, scene.stats().idle());

    scene.advance(seconds(70));

    assertEquals(0, scene.stats().open());
    assertEquals(1, scene.stats().expirations());
  }

  @Test
  void inDoubtWhenItIsDueItExpiresAfterwards() throws Exception {
    Scene scene = with(fake());
    scene.advance(millis(59_500));
    scene.pool.onNetworkChange();
    scene.advance(millis(800)); // it is due now, and missed one probe
    assertEquals(1, scene.stats().suspect());
    probes.forEach(probe -> probe.complete(true));
    assertEquals(1, scene.stats().idle());

    scene.advance(seconds(70));

    assertEquals(1, scene.stats().expirations());
  }

  @Test
  void aStreamOfItsHolderStaysAndMoreMayBeOpened() throws Exception {
    Scene scene = open();
    Lease held = scene.lease(1);
    QuicStream before = held.openStream();
    scene.connection(1).dieSilently();
    scene.pool.onNetworkChange();

    QuicStream during = held.openStream();
    scene.connection(1).revive();

    assertEquals(0, scene.stats().suspect());
    before.close();
    during.close();
    held.close();
  }

  @Test
  void aStreamThatTimedOutPutsItsConnectionInDoubt() throws Exception {
    FakeConnection connection = fake();
    connection.streams = () -> CompletableFuture.completedFuture(new SlowStream());
    Scene scene = with(connection);

    try (QuicStream stream = scene.pool.openStream(BOB)) {
      assertThrows(StreamTimeoutException.class, () -> stream.input().read());
    }

    assertEquals(1, scene.stats().suspect());
    answer(true);
    assertEquals(0, scene.stats().suspect());
  }

  @Test
  void aStreamThatTimedOutAfterItsOutputHadEndedDoesSoAtOnce() throws Exception {
    FakeConnection connection = fake();
    SlowStream slow = new SlowStream();
    connection.streams = () -> CompletableFuture.completedFuture(slow);
    Scene scene = with(connection);

    QuicStream stream = scene.pool.openStream(BOB);
    stream.output().close();
    assertThrows(StreamTimeoutException.class, () -> stream.input().read());

    assertTrue(slow.delivery != null, "its output is not known to be delivered");
    assertEquals(1, scene.stats().suspect());
    slow.delivery.run();
  }

  @Test
  void oneThatLeftThePoolMeanwhileIsClosedUnderItsHolderWhenItIsFoundDead() throws Exception {
    FakeConnection connection = fake();
    Scene scene = with(connection);
    Lease held = served(scene.pool.acquireAsync(BOB));
    held.reportFailure(new IOException("odd"));
    assertTrue(scene.pool.invalidate(BOB));
    assertTrue(connection.isOpen(), "it drains");

    answer(false);
    answer(false);

    assertFalse(connection.isOpen());
    held.close();
    assertEquals(1, connection.closeCalls.get());
  }

  @Test
  void aStreamThatEndedOtherwiseDoesNot() throws Exception {
    FakeConnection connection = fake();
    connection.streams = () -> CompletableFuture.completedFuture(new SlowStream());
    Scene scene = with(connection);

    scene.pool.openStream(BOB).close();

    assertEquals(0, scene.stats().suspect());
  }

  @Test
  void aReportOnOneThatCannotBeAskedInvalidatesIt() throws Exception {
    FakeConnection mute = fake();
    mute.canProbe = () -> false;
    Scene scene = with(mute);
    Lease held = served(scene.pool.acquireAsync(BOB));
    Lease reporting = served(scene.pool.acquireAsync(BOB));

    reporting.close();
    reporting.reportFailure(new IOException("odd"));

    assertFalse(scene.pool.connectedPeers().contains(BOB));
    assertTrue(mute.isOpen(), "it drains");
    held.close();
    assertFalse(mute.isOpen());
  }

  @Test
  void aChangeOfTheNetworkPutsAllInDoubtThatCanBeAsked() throws Exception {
    FakeConnection mute = fake();
    mute.canProbe = () -> false;
    Scene scene = with(mute);
    scene.use(1, 2, 3);
    scene.script(2).dieSilently();

    scene.pool.onNetworkChange();
    assertEquals(1, scene.stats().suspect(), "the others have answered at once");
    scene.advance(millis(500));

    assertTrue(scene.holds(1));
    assertFalse(scene.holds(2));
    assertTrue(scene.holds(3));
    assertTrue(scene.pool.connectedPeers().contains(BOB));
  }

  @Test
  void itIsInDoubtOnceHoweverManyDoubt() throws Exception {
    FakeConnection connection = fake();
    Scene scene = with(connection);
    doubt(scene);
    scene.pool.onNetworkChange();
    scene.pool.onNetworkChange();

    assertEquals(1, connection.probeCalls.get());
  }

  @Test
  void theEndOfAnOlderConnectionMovesNobodyWhoWaitsForTheVerdictOnTheNewOne() throws Exception {
    FakeConnection older = fake();
    FakeConnection newer = fake();
    Scene scene = with(older);
    Lease held = served(scene.pool.acquireAsync(BOB));
    assertTrue(scene.pool.put(BOB, newer).isPooled());
    doubt(scene);
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(BOB);

    older.close(0, "");
    held.close();
    assertWaits(asked);
    answer(true);

    served(asked).close();
    assertEquals(0, scene.stats().dials());
  }

  @Test
  void theApplicationIsAskedTooIfItWantsToBe() throws Exception {
    List<String> asked = new ArrayList<>();
    boolean[] well = {true};
    Scene scene =
        open(
            builder ->
                builder.probe(
                    stream -> {
                      asked.add("on stream " + stream.id());
                      stream.output().write(1);
                      if (!well[0]) {
                        throw new IOException("not well");
                      }
                    },
                    seconds(1)));
    scene.use(1);

    scene.pool.onNetworkChange();
    assertEquals(1, asked.size());
    assertTrue(scene.holds(1));
    assertEquals(0, scene.stats().suspect());
    well[0] = false;
    scene.pool.onNetworkChange();

    assertEquals(3, asked.size(), "twice at most");
    assertFalse(scene.holds(1), "though its QUIC stack has answered");
    assertEquals(1, scene.stats().removedDead());
  }

  @Test
  void anApplicationThatDoesNotAnswerIsNotWaitedForLongerThanItsTimeout() throws Exception {
    FakeConnection connection = fake();
    connection.canProbe = () -> false;
    Scene scene = open(builder -> builder.probe(stream -> {}, seconds(1)));
    assertTrue(scene.pool.put(BOB, connection).isPooled());

    scene.pool.onNetworkChange(); // it opens no stream
    assertEquals(1, scene.stats().suspect());
    scene.advance(millis(2_500));

    assertEquals(0, scene.stats().open());
  }

  @Test
  void closingThePoolFailsWhoWaitsForTheVerdict() throws Exception {
    Scene scene = with(fake());
    doubt(scene);
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(BOB);

    scene.pool.close();

    failure(PoolClosedException.class, asked);
  }

  /** Nothing ever arrives on it. */
  private static final class SlowStream extends AbstractQuicStream {
    private @Nullable Runnable delivery;

    SlowStream() {
      super(0, Duration.ofSeconds(1), 16);
    }

    @Override
    protected int receive(byte[] target, int offset, int length, long timeoutNanos)
        throws IOException {
      throw new StreamTimeoutException("read", id(), Duration.ofNanos(timeoutNanos));
    }

    @Override
    protected int receivable() {
      return 0;
    }

    @Override
    protected void send(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
        throws ConnectionLostException {}

    @Override
    protected void sendReset(long code) {}

    @Override
    protected void sendStopSending(long code) {}

    @Override
    protected void whenDelivered(Runnable task) {
      delivery = task;
    }
  }
}

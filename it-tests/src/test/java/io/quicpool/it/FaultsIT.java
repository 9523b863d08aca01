package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.ConnectionLostException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.StreamLimitException;
import io.quicpool.spi.QuicConnection;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a pool makes of a network that fails, and of limits that are reached, on real QUIC. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(120)
class FaultsIT {
  private static final Duration BLACKHOLE = Duration.ofSeconds(10);
  private static final Duration RECOVERY = Duration.ofSeconds(5);
  private static final int DIALS_AT_A_TIME = 10; // a dial that loses packets mostly waits
  private static final Duration AT_ONCE = Duration.ofMillis(100);

  @Parameter private String transport;
  private final Recorder told = new Recorder();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private EchoPeer echo;
  private FaultLink link;

  @BeforeEach
  void open() throws IOException {
    echo = Talk.echo(transport);
    link = FaultLink.open(echo.address(), 1);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    link.close();
    echo.close();
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Test
  void everybodyWhoWaitsInABlackholeIsDoneByTheDeadlineAndAllIsWellAfterIt() throws Exception {
    Duration deadline = Duration.ofSeconds(3);
    try (QuicPool pool =
        Talk.pool(transport)
            .acquireTimeout(deadline)
            .streamTimeout(deadline)
            .listener(told)
            .open()) {
      Peer peer = Talk.behind(link);
      Talk.message(pool, peer, "before");
      link.blackhole(true);
      long start = System.nanoTime();
      AtomicBoolean lifted = new AtomicBoolean();
      List<Future<Longest>> callers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        callers.add(threads.submit(() -> worst(pool, peer, lifted)));
      }
      LockSupport.parkNanos(BLACKHOLE.toNanos()); // its length is what is tested
      link.heal();
      long healed = System.nanoTime();
      for (int attempt = 1; ; attempt++) {
        try {
          Talk.message(pool, peer, "after " + attempt);
          break;
        } catch (PoolException e) {
          Duration took = since(healed);
          assertTrue(took.compareTo(RECOVERY) <= 0, () -> "not recovered after " + took + ": " + e);
          pause(e);
        }
      }
      Duration recovered = since(healed);
      lifted.set(true);
      Figure.print("R9", transport, "recovered after", recovered);
      assertTrue(recovered.compareTo(RECOVERY) <= 0, () -> "recovered after " + recovered);
      for (Future<Longest> caller : callers) {
        Longest longest = caller.get();
        Figure.print("R9", transport, "longest call", longest.call());
        // One deadline to acquire and one to read, with slack for two shared cores.
        Duration most = deadline.plusSeconds(1);
        assertTrue(longest.acquire().compareTo(most) <= 0, () -> "acquired after " + longest);
        Duration both = most.plus(deadline);
        assertTrue(longest.call().compareTo(both) <= 0, () -> "a call took " + longest);
      }
      assertTrue(since(start).compareTo(BLACKHOLE) >= 0);
    }
  }

  /** How long it took at most to get a stream or a failure, and a reply or a failure. */
  private record Longest(Duration acquire, Duration call) {}

  /** Calls until the fault is over, and tells how long that took at most. */
  private static Longest worst(QuicPool pool, Peer peer, AtomicBoolean over) throws IOException {
    Duration acquire = Duration.ZERO;
    Duration call = Duration.ZERO;
    while (!over.get()) {
      long start = System.nanoTime();
      Duration acquired = Duration.ZERO;
      Duration ended;
      try (QuicStream stream = pool.openStream(peer)) {
        acquired = since(start);
        Talk.exchange(stream, "during");
        ended = since(start);
      } catch (PoolException e) { // typed, as any failure has to be
        ended = since(start);
        acquired = acquired.isZero() ? ended : acquired;
        pause(e);
      }
      acquire = longer(acquire, acquired);
      call = longer(call, ended);
    }
    return new Longest(acquire, call);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  /** As long as the backoff asks for, as an application would. */
  private static void pause(PoolException e) {
    if (e instanceof ConnectFailedException refused) {
      refused.retryIn().ifPresent(left -> LockSupport.parkNanos(left.toNanos()));
    }
  }

  @Test
  void everyDialSucceedsAtFivePercentLoss() throws Exception {
    assertEquals(40, dialled(40, 0.05));
  }

  @Test
  void atLeastNinetyEightPercentDoAtTwentyPercent() throws Exception {
    int succeeded = dialled(50, 0.2);
    assertTrue(succeeded >= 49, () -> "of 50 dials succeeded " + succeeded);
  }

  /** How many of so many first messages are answered within 10 s each. */
  private int dialled(int count, double loss) throws Exception {
    link.toListener().loss(loss);
    link.toDialler().loss(loss);
    List<Future<Boolean>> all = new ArrayList<>();
    ExecutorService some = Executors.newFixedThreadPool(DIALS_AT_A_TIME);
    try {
      for (int i = 0; i < count; i++) {
        all.add(some.submit(this::acquiredWithinTenSeconds));
      }
      int succeeded = 0;
      for (Future<Boolean> each : all) {
        succeeded += each.get() ? 1 : 0;
      }
      Figure.print("R10", transport, "of " + count + " dials at loss " + loss, succeeded);
      return succeeded;
    } finally {
      some.shutdownNow();
    }
  }

  private boolean acquiredWithinTenSeconds() throws IOException {
    try (QuicPool pool = Talk.pool(transport).connectTimeout(Duration.ofSeconds(10)).open()) {
      pool.acquire(Talk.behind(link), Duration.ofSeconds(10)).close();
      return true;
    } catch (AcquireTimeoutException | ConnectFailedException e) {
      System.out.println(transport + ": " + e.getMessage());
      return false;
    }
  }

  @Test
  void everyMessageArrivesWholeInSpiteOfDuplicationReorderingAndBitFlips() throws Exception {
    try (QuicPool pool = Talk.pool(transport).connectTimeout(Duration.ofSeconds(20)).open()) {
      Peer peer = Talk.behind(link);
      Talk.message(pool, peer, "before");
      link.toListener().duplication(0.2).reordering(0.2).bitFlips(0.05);
      link.toDialler().duplication(0.2).reordering(0.2).bitFlips(0.05);
      List<Callable<Void>> callers = new ArrayList<>();
      for (int c = 0; c < 4; c++) {
        int caller = c;
        callers.add(
            () -> {
              for (int i = 0; i < 50; i++) {
                Talk.message(pool, peer, ("message " + caller + "." + i + ";").repeat(20));
              }
              return null;
            });
      }
      for (Future<Void> each : threads.invokeAll(callers)) {
        each.get();
      }
    }
  }

  @Test
  void aLeaseSurvivesThatANatRebindsUsWhereTheListenersStackCan() throws Exception {
    try (EchoPeer able = ableToRebind();
        FaultLink nat = FaultLink.open(able.address(), 1);
        QuicPool pool = Talk.pool(transport).listener(told).open()) {
      Peer peer = Talk.behind(nat);
      try (Lease lease = pool.acquire(peer)) {
        Talk.message(lease, "before");
        nat.rebind();
        long start = System.nanoTime();
        Talk.message(lease, "after");
        Duration took = since(start);
        Figure.print("R12", transport, "reply after", took);
        assertTrue(took.compareTo(Duration.ofSeconds(1)) <= 0, () -> "the reply took " + took);
      }
      assertEquals(1, pool.stats().dials());
    }
  }

  /** A listener of the stack under test, or of another one if that cannot. */
  private EchoPeer ableToRebind() throws IOException {
    List<String> names = new ArrayList<>(List.of(transport));
    names.addAll(Stacks.names());
    for (String name : names) {
      EchoPeer candidate = Talk.echo(name);
      if (candidate.transportEndpoint().capabilities().contains(Capability.REBINDING)) {
        return candidate;
      }
      candidate.close();
    }
    throw new IllegalStateException("no stack can");
  }

  @Test
  void whereTheListenersStackCannotTheConnectionIsFoundDeadAndDialledAnew() throws Exception {
    if (echo.transportEndpoint().capabilities().contains(Capability.REBINDING)) {
      return;
    }
    try (QuicPool pool = Talk.pool(transport).listener(told).open()) {
      Peer peer = Talk.behind(link);
      for (int i = 0; i < 20; i++) {
        Talk.message(pool, peer, "before"); // so that the round trip is known
      }
      link.rebind();
      long start = System.nanoTime();
      assertThrows(ConnectionLostException.class, () -> Talk.message(pool, peer, "lost"));
      Talk.message(pool, peer, "after");
      Duration took = since(start);
      Figure.print("R12", transport, "dialled anew after", took);
      assertTrue(took.compareTo(RECOVERY) <= 0, () -> "recovered after " + took);
    }
  }

  @Test
  void aDialThatHangsFailsAtItsDeadline() throws Exception {
    link.blackhole(true);
    Duration deadline = Duration.ofSeconds(1);
    try (QuicPool pool = Talk.pool(transport).connectTimeout(deadline).open()) {
      long start = System.nanoTime();
      ConnectFailedException failed =
          assertThrows(ConnectFailedException.class, () -> pool.acquire(Talk.behind(link)));
      Duration took = since(start);
      Figure.print("R13", transport, "failed, of a deadline of 1000, after", took);
      assertEquals(Phase.HANDSHAKE, failed.phase());
      assertTrue(took.compareTo(deadline.minusMillis(5)) >= 0, () -> "failed after " + took);
      assertTrue(took.compareTo(deadline.plusMillis(200)) <= 0, () -> "failed after " + took);
      assertEquals(0, pool.stats().dialling());
    }
  }

  @Test
  void whatIsOverALimitIsRefusedAtOnceAndTyped() throws Exception {
    try (EchoPeer narrow =
            EchoPeer.on(Stacks.transport(transport), Talk.LOCALHOST.identity(), Talk.PROTOCOL)
                .maxStreams(2)
                .open();
        QuicPool pool = Talk.pool(transport).maxConnections(1).maxPending(0).open()) {
      List<QuicStream> open = new ArrayList<>();
      try (Lease lease = pool.acquire(narrow.peer())) {
        for (int i = 0; i < 2; i++) {
          QuicStream stream = lease.openStream();
          stream.output().write(1);
          stream.output().flush();
          open.add(stream);
        }
        long start = System.nanoTime();
        assertThrows(StreamLimitException.class, () -> lease.openStream(Duration.ofMillis(20)));
        assertAtOnce(start);

        long second = System.nanoTime();
        assertThrows(PoolExhaustedException.class, () -> pool.acquire(echo.peer()));
        assertAtOnce(second);
      }
      open.forEach(QuicStream::close);
    }
  }

  private void assertAtOnce(long start) {
    Duration took = since(start);
    Figure.print("R17", transport, "refused after", took);
    assertTrue(took.compareTo(AT_ONCE) <= 0, () -> "refused after " + took);
  }

  @Test
  void aPoolUnderLoadClosesByItsDeadlineAndItsPeersSeeACloseFrame() throws Exception {
    Talk.warmUp(transport);
    Duration drain = Duration.ofSeconds(1);
    QuicPool pool = Talk.pool(transport).listener(told).open();
    AtomicBoolean closing = new AtomicBoolean();
    List<Future<Void>> callers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      callers.add(threads.submit(() -> talkUntilClosed(pool, closing)));
    }
    QuicStream stuck = pool.openStream(echo.peer());
    stuck.output().write(1);
    stuck.output().flush();
    Await.until(() -> pool.stats().acquired() > 100, () -> "load");
    QuicConnection atThePeer = echo.openConnections().get(0);

    closing.set(true);
    long start = System.nanoTime();
    pool.close(drain);
    Duration took = since(start);

    Figure.print("R18", transport, "closed, of a deadline of 1000, after", took);
    assertTrue(took.compareTo(drain.multipliedBy(2)) <= 0, () -> "closed after " + took);
    for (Future<Void> caller : callers) {
      caller.get();
    }
    CloseReason end = Await.result(atThePeer.closed(), "the peer's close frame");
    assertEquals(CloseReason.Kind.PEER_APPLICATION, end.kind());
    assertEquals(6, end.code());
    assertEquals(0, pool.stats().open() + pool.stats().draining() + pool.stats().waiting());
    assertEquals(pool.stats().opened(), pool.stats().closed());
  }

  private Void talkUntilClosed(QuicPool pool, AtomicBoolean closing) throws IOException {
    while (true) {
      try {
        Talk.message(pool, echo.peer(), "load");
      } catch (PoolClosedException e) {
        return null;
      } catch (PoolException e) {
        if (!closing.get()) { // else cut at the deadline: the next one is told
          throw e;
        }
      }
    }
  }
}

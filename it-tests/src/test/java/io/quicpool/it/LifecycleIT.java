package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.ConnectionLostException;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.spi.QuicConnection;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** How connections of the pool end, and what their peers, callers and listeners see of it. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(60)
class LifecycleIT {
  @Parameter private String transport;
  private final Recorder told = new Recorder();
  private EchoPeer echo;

  @BeforeEach
  void openPeer() throws IOException {
    echo = Talk.echo(transport);
  }

  @AfterEach
  void closePeer() {
    echo.close();
    assertEquals(List.of(), told.wrong);
  }

  private PoolBuilder pool() {
    return Talk.pool(transport).listener(told);
  }

  private static QuicConnection onlyConnection(EchoPeer at) {
    List<QuicConnection> open = at.openConnections();
    assertEquals(1, open.size(), "connections open at the peer");
    return open.get(0);
  }

  /** Expects that a peer sees the close frame of that cause. */
  private static void assertTold(QuicConnection atThePeer, RemovalCause cause)
      throws InterruptedException, ExecutionException {
    assertEquals(
        new CloseReason(CloseReason.Kind.PEER_APPLICATION, cause.code(), cause.text()),
        Await.result(atThePeer.closed(), "a close frame of " + cause));
  }

  // What the peer sees.

  @Test
  void anEvictedPeerIsToldSo() throws Exception {
    try (EchoPeer other = Talk.echo(transport);
        QuicPool pool = pool().maxConnections(1).open()) {
      Talk.message(pool, echo.peer(), "first");
      QuicConnection atThePeer = onlyConnection(echo);
      Talk.message(pool, other.peer(), "second");

      assertTold(atThePeer, RemovalCause.EVICTED);
      assertEquals(
          RemovalCause.EVICTED, Await.result(told.removal(echo.peer()), "the listener is told"));
      assertEquals(
          CloseReason.local(RemovalCause.EVICTED.code(), RemovalCause.EVICTED.text()),
          Await.result(told.close(echo.peer()), "the listener is told of the close"));
      assertEquals(Set.of(other.peer()), pool.connectedPeers());
      assertEquals(1, pool.stats().evictions());
    }
  }

  @Test
  void anIdlePeerIsLetGoAfterTheIdleTimeoutAndToldSo() throws Exception {
    Duration idle = Duration.ofMillis(400);
    try (EchoPeer kept = Talk.echo(transport);
        QuicPool pool = pool().idleTimeout(idle).open();
        Lease lease = pool.acquire(kept.peer())) {
      long start = System.nanoTime();
      Talk.message(pool, echo.peer(), "hello");
      QuicConnection atThePeer = onlyConnection(echo);

      assertEquals(
          RemovalCause.EXPIRED, Await.result(told.removal(echo.peer()), "the idle one expires"));
      assertTrue(System.nanoTime() - start >= idle.toNanos(), "never too early");
      assertTold(atThePeer, RemovalCause.EXPIRED);
      assertEquals(Set.of(kept.peer()), pool.connectedPeers(), "what is leased stays");
      Talk.message(lease, "still there");
      assertEquals(1, pool.stats().expirations());
    }
  }

  @Test
  void anInvalidatedPeerIsToldSoWhenTheLastShareIsGivenBack() throws Exception {
    try (QuicPool pool = pool().open()) {
      Lease lease = pool.acquire(echo.peer());
      Talk.message(lease, "hello");
      QuicConnection atThePeer = onlyConnection(echo);
      assertTrue(pool.invalidate(echo.peer()));

      assertFalse(pool.invalidate(echo.peer()));
      Talk.message(lease, "a lease goes on");
      assertEquals(1, pool.stats().draining());
      lease.close();
      assertTold(atThePeer, RemovalCause.INVALIDATED);
      Talk.message(pool, echo.peer(), "a new connection");
      assertEquals(2, echo.connections());
    }
  }

  @Test
  void everyPeerIsToldWhenThePoolCloses() throws Exception {
    List<QuicConnection> atThePeers = new ArrayList<>();
    try (EchoPeer other = Talk.echo(transport)) {
      QuicPool pool = pool().open();
      for (EchoPeer peer : List.of(echo, other)) {
        Talk.message(pool, peer.peer(), "hello");
        atThePeers.add(onlyConnection(peer));
      }
      pool.close();

      for (QuicConnection atThePeer : atThePeers) {
        assertTold(atThePeer, RemovalCause.POOL_CLOSED);
      }
      assertThrows(PoolClosedException.class, () -> pool.acquire(echo.peer()));
      assertEquals(pool.stats().opened(), pool.stats().closed());
    }
  }

  @Test
  void aClosingPoolLetsAStreamFinish() throws Exception {
    QuicPool pool = pool().drainTimeout(Duration.ofMinutes(1)).open();
    QuicStream stream = pool.openStream(echo.peer());
    Thread closing = new Thread(pool::close);
    closing.start();
    Await.until(() -> pool.stats().draining() == 1, () -> "it drains: " + pool.stats());

    assertThrows(PoolClosedException.class, () -> pool.acquire(echo.peer()));
    Talk.exchange(stream, "sent while the pool closes");
    stream.close();
    closing.join();
    assertEquals(List.of(), Talk.failures(echo, RemovalCause.POOL_CLOSED));
  }

  @Test
  void aPoolThatClosesAtOnceCutsWhatIsOpenWithATypedError() throws Exception {
    QuicPool pool = pool().open();
    QuicStream stream = pool.openStream(echo.peer());
    stream.output().write(1);
    stream.output().flush();
    assertEquals(1, stream.input().read());
    QuicConnection atThePeer = onlyConnection(echo);
    pool.close(Duration.ZERO);

    ConnectionLostException lost =
        assertThrows(ConnectionLostException.class, () -> stream.input().read());
    assertEquals(CloseReason.Kind.LOCAL, lost.reason().kind());
    assertTold(atThePeer, RemovalCause.POOL_CLOSED);
    stream.close();
  }

  // What the peer does.

  @Test
  void aPeerThatClosesIsRemovedAtOnceAndTheNextCallDialsAnew() throws Exception {
    try (QuicPool pool = pool().open();
        Lease lease = pool.acquire(echo.peer());
        QuicStream stream = lease.openStream()) {
      stream.output().write(1);
      stream.output().flush();
      assertEquals(1, stream.input().read());
      echo.closeConnections(42, "bye");

      CloseReason bye = new CloseReason(CloseReason.Kind.PEER_APPLICATION, 42, "bye");
      assertEquals(RemovalCause.DIED, Await.result(told.removal(echo.peer()), "its removal"));
      assertEquals(bye, Await.result(told.close(echo.peer()), "its end"));
      assertEquals(
          bye, assertThrows(ConnectionLostException.class, () -> stream.input().read()).reason());
      assertThrows(ConnectionLostException.class, lease::openStream);
      assertFalse(lease.connection().isOpen());
      Talk.message(pool, echo.peer(), "anew");
      assertEquals(2, pool.stats().dials());
      assertEquals(1, pool.stats().removedDead());
    }
  }

  @Test
  void aPeerThatGoesAndComesBackIsUsedAgain() throws Exception {
    EchoPeer.Builder there =
        EchoPeer.on(Stacks.transport(transport), Talk.LOCALHOST.identity(), Talk.PROTOCOL)
            .listen(Ports.toComeBackTo());
    echo.close();
    echo = there.open();
    try (QuicPool pool = pool().connectTimeout(Duration.ofSeconds(30)).open()) {
      Talk.message(pool, echo.peer(), "before");
      Peer peer = echo.peer();
      echo.close();
      Await.result(told.removal(peer), "its removal");
      echo = there.open();
      Talk.message(pool, peer, "after");

      assertEquals(Set.of(peer), pool.connectedPeers());
    }
  }

  // What the network does.

  @Test
  void anIdlePeerThatFallsSilentIsFoundOutAndRemoved() throws Exception {
    try (FaultLink link = FaultLink.open(echo.address(), 1);
        QuicPool pool = pool().probeAfter(Duration.ofMillis(200)).open()) {
      Peer peer = Talk.behind(link);
      Talk.message(pool, peer, "hello");
      link.blackhole(true);

      assertEquals(RemovalCause.UNRESPONSIVE, Await.result(told.removal(peer), "it is found out"));
      assertEquals(Set.of(), pool.connectedPeers());
      link.heal();
      Talk.message(pool, peer, "usable again");
    }
  }

  @Test
  void anIdlePeerThatIsAliveStays() throws Exception {
    try (EchoPeer other = Talk.echo(transport);
        FaultLink link = FaultLink.open(other.address(), 1);
        QuicPool pool = pool().probeAfter(Duration.ofMillis(200)).open()) {
      Talk.message(pool, echo.peer(), "alive");
      Talk.message(pool, Talk.behind(link), "silent soon");
      link.blackhole(true);
      Await.result(told.removal(Talk.behind(link)), "the silent one is found out");

      assertEquals(Set.of(echo.peer()), pool.connectedPeers(), "after as many probes");
      Talk.message(pool, echo.peer(), "alive still");
      assertEquals(2, pool.stats().dials());
    }
  }

  @Test
  void dialsIntoABlackHoleFailAtTheirDeadlineAndLeaveNothing() throws Exception {
    Talk.warmUp(transport);
    Footprint base = Footprint.now();
    int dials = 12;
    Duration timeout = Duration.ofMillis(500);
    try (FaultLink link = FaultLink.open(echo.address(), 1).blackhole(true);
        QuicPool pool =
            pool()
                .connectTimeout(timeout)
                .peerResolver(
                    peer ->
                        CompletableFuture.completedFuture(
                            List.of(Endpoint.parse(Talk.behind(link).toString()))))
                .open()) {
      long start = System.nanoTime();
      List<CompletableFuture<Lease>> waiting = new ArrayList<>();
      for (int i = 0; i < dials; i++) {
        waiting.add(pool.acquireAsync(Peer.named("lost " + i)));
      }
      for (CompletableFuture<Lease> lease : waiting) {
        ExecutionException failure = assertThrows(ExecutionException.class, lease::get);
        ConnectFailedException typed =
            (ConnectFailedException) failure.getCause(); // fails with what it is
        assertEquals(Phase.HANDSHAKE, typed.phase());
      }
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertTrue(took.compareTo(timeout) >= 0, () -> "not before the deadline: " + took);
      assertTrue(took.compareTo(timeout.multipliedBy(6)) < 0, () -> "soon after it: " + took);
      PoolStats stats = pool.stats();
      assertEquals(dials, stats.dialsFailed());
      assertEquals(0, stats.open() + stats.dialling() + stats.draining() + stats.waiting());
      Await.until(() -> told.failures.size() == dials, () -> "told of " + told.failures.size());
    }
    base.awaitReturn();
  }

  @Test
  void aDialThatEverybodyLeftIsCancelledAndLeavesNothing() throws Exception {
    Talk.warmUp(transport);
    Footprint base = Footprint.now();
    try (EchoPeer own = Talk.echo(transport);
        FaultLink link = FaultLink.open(own.address(), 1).blackhole(true);
        QuicPool pool = pool().connectTimeout(Duration.ofMinutes(5)).open()) {
      Peer peer = Talk.behind(link);
      CompletableFuture<Lease> cancelled = pool.acquireAsync(peer);
      assertThrows(AcquireTimeoutException.class, () -> pool.acquire(peer, Duration.ofMillis(100)));
      assertEquals(1, pool.stats().dialling(), "one caller is left");
      cancelled.cancel(true);

      assertEquals(0, pool.stats().dialling());
      assertEquals(0, pool.stats().waiting());
      link.heal();
      Talk.message(pool, peer, "the next caller dials anew");
      assertEquals(2, pool.stats().dials());
    }
    base.awaitReturn();
  }
}

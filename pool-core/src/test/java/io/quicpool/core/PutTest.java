package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PutResult;
import io.quicpool.PutResult.Status;
import io.quicpool.spi.QuicConnection;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.InMemoryConnection.CloseCall;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PutTest extends PoolTest {
  private static final Peer ALICE = Peer.named("alice");
  private static final Peer BOB = Peer.named("bob");

  private static void assertRefused(Status expected, PutResult result, QuicConnection refused) {
    assertEquals(expected, result.status(), result.explanation());
    assertFalse(result.isPooled());
    assertFalse(result.explanation().isEmpty());
    if (refused instanceof InMemoryConnection memory) {
      assertEquals(List.of(), memory.closeCalls(), "it is the caller's");
    }
  }

  @Test
  void anAdoptedConnectionIsPooledAsAny() throws Exception {
    Scene scene = open(max(1));
    InMemoryConnection connection = scene.unpooled(1);

    assertEquals(Status.ADOPTED, scene.pool.put(ALICE, connection).status());

    Lease lease = scene.pool.acquire(ALICE);
    assertEquals(Origin.ADOPTED, lease.connection().origin());
    lease.openStream().close();
    lease.close();
    assertEquals(1, scene.stats().hits());
    scene.use(2);
    assertEquals(List.of(new CloseCall(1, "evicted")), connection.closeCalls());
  }

  @Test
  void aConnectionPutOverAnIdleOneClosesThatAtOnce() throws Exception {
    Scene scene = open();
    scene.use(1);
    InMemoryConnection old = scene.connection(1);

    assertEquals(Status.REPLACED, scene.pool.put(scene.peer(1), scene.unpooled(1)).status());

    assertEquals(List.of(new CloseCall(4, "replaced")), old.closeCalls());
    assertEquals(1, scene.stats().open());
  }

  @Test
  void aClosedConnectionIsRefused() throws Exception {
    Scene scene = open();
    InMemoryConnection ended = scene.unpooled(1);
    ended.lose();

    assertRefused(Status.REFUSED_CLOSED, scene.pool.put(ALICE, ended), ended);
    assertTrue(scene.pool.connectedPeers().isEmpty());
  }

  @Test
  void aConnectionThatIsPooledAlreadyIsNotPooledTwice() throws Exception {
    Scene scene = open();
    InMemoryConnection connection = scene.unpooled(1);
    scene.pool.put(ALICE, connection);

    assertEquals(Status.ALREADY_POOLED, scene.pool.put(ALICE, connection).status());
    assertRefused(Status.REFUSED_IDENTITY, scene.pool.put(BOB, connection), connection);

    assertEquals(1, scene.stats().open());
    assertEquals(1, scene.stats().opened());
  }

  @Test
  void aConnectionThatDrainsIsNotTakenBack() throws Exception {
    Scene scene = open();
    InMemoryConnection connection = scene.unpooled(1);
    scene.pool.put(ALICE, connection);
    Lease old = scene.pool.acquire(ALICE);
    old.invalidate();

    assertRefused(Status.REFUSED_CLOSED, scene.pool.put(ALICE, connection), connection);

    old.close();
    assertEquals(1, connection.closeCalls().size());
    assertEquals(0, scene.stats().open());
  }

  @Test
  void whoDoesNotProveTheIdentityIsRefused() throws Exception {
    TestCertificates authority = TestCertificates.create();
    TestIdentity identity = authority.leaf().dns("peer.example").ip("10.0.0.1").issue();
    Scene scene = open(builder -> builder.tls(authority.trusting()));
    scene.network.echo(Scene.address(1), Optional.of(identity.identity()), 10);
    QuicConnection connection = scene.pool.connect(Endpoint.parse(Scene.text(1)));
    Peer stranger = Peer.pinned("00".repeat(32));

    assertRefused(
        Status.REFUSED_IDENTITY, scene.pool.put(Peer.of("other:1"), connection), connection);
    assertRefused(Status.REFUSED_IDENTITY, scene.pool.put(stranger, connection), connection);
    assertTrue(scene.pool.put(stranger, connection).explanation().contains("0000000000"));

    assertTrue(scene.pool.put(Peer.of("peer.example:99"), connection).isPooled());
    QuicConnection second = scene.pool.connect(Endpoint.parse(Scene.text(1)));
    assertTrue(scene.pool.put(Peer.pinned(identity.fingerprint()), second).isPooled());
  }

  @Test
  void aTrustManagerThatThrowsRefuses() throws Exception {
    Scene scene = open();
    FakeConnection strange =
        new FakeConnection() {
          @Override
          public List<X509Certificate> peerCertificates() {
            throw new IllegalStateException("no certificates here");
          }
        };

    PutResult result = scene.pool.put(Peer.pinned("00".repeat(32)), strange);

    assertRefused(Status.REFUSED_IDENTITY, result, strange);
    assertTrue(result.explanation().contains("no certificates here"));
  }

  @Test
  void whenAllAreInUseItIsRefusedAndStaysTheCallers() throws Exception {
    Scene scene = open(max(1));
    scene.lease(1);
    InMemoryConnection connection = scene.unpooled(2);

    PutResult result = scene.pool.put(ALICE, connection);

    assertRefused(Status.REFUSED_FULL, result, connection);
    assertEquals("there is no room for it (0 dialling, 1/1 open, 0 waiting)", result.explanation());
    assertTrue(connection.isOpen());
  }

  @Test
  void whenAllRoomIsDialledForItIsRefused() throws Exception {
    Scene scene = open(max(1));
    scene.held(1);
    scene.ask(1);

    InMemoryConnection connection = scene.unpooled(2);

    assertRefused(Status.REFUSED_FULL, scene.pool.put(ALICE, connection), connection);
  }

  @Test
  void whenFullItEvictsAnIdleOne() throws Exception {
    Scene scene = open(max(2));
    scene.use(1, 2);

    assertTrue(scene.pool.put(ALICE, scene.unpooled(3)).isPooled());

    assertFalse(scene.holds(1));
    assertEquals(2, scene.stats().open());
  }

  @Test
  void itServesWhoWaitsAndCancelsTheDial() throws Exception {
    Scene scene = open(max(1));
    scene.script(1).nextDials(DialOutcome.held(), DialOutcome.answered());
    CompletableFuture<Lease> first = scene.ask(1);
    CompletableFuture<Lease> second = scene.ask(1);
    var dial = scene.onlyDial();
    InMemoryConnection connection = scene.unpooled(1);

    assertEquals(Status.ADOPTED, scene.pool.put(scene.peer(1), connection).status());

    assertSame(
        connection, served(first).connection().unwrap(InMemoryConnection.class).orElseThrow());
    served(second).close();
    assertEquals(1, dial.cancelCalls());
    assertEquals(0, scene.stats().dialling());
    assertEquals(1, scene.stats().open());
  }

  @Test
  void aRefusedOneLeavesThoseWhoWaitInTheQueue() throws Exception {
    Scene scene = open(max(1));
    Lease held = scene.lease(1);
    CompletableFuture<Lease> waiting = scene.ask(2);
    InMemoryConnection connection = scene.unpooled(2);
    assertRefused(Status.REFUSED_FULL, scene.pool.put(scene.peer(2), connection), connection);
    assertWaits(waiting);

    held.close();
    served(waiting).close();

    assertEquals(Status.REPLACED, scene.pool.put(scene.peer(2), connection).status());
  }

  @Test
  void whoWaitsForRoomGetsTheOneThatAReplacementMakesByBeingIdle() throws Exception {
    Scene scene = open(max(1));
    Lease held = scene.lease(1);
    CompletableFuture<Lease> waiting = scene.ask(2);

    assertEquals(Status.REPLACED, scene.pool.put(scene.peer(1), scene.unpooled(1)).status());

    served(waiting).close();
    assertTrue(held.connection().isOpen());
  }

  @Test
  void replacementsDrainNoMoreThanTheMaximum() throws Exception {
    Scene scene = open(max(2));
    List<Lease> holders = new ArrayList<>();
    holders.add(scene.lease(1));
    for (int i = 0; i < 2; i++) {
      assertEquals(Status.REPLACED, scene.pool.put(scene.peer(1), scene.unpooled(1)).status());
      holders.add(scene.lease(1));
    }
    InMemoryConnection third = scene.unpooled(1);

    assertRefused(Status.REFUSED_FULL, scene.pool.put(scene.peer(1), third), third);

    holders.remove(0).close();
    assertEquals(Status.REPLACED, scene.pool.put(scene.peer(1), third).status());
  }

  @Test
  void aClosedPoolRefuses() throws Exception {
    Scene scene = open();
    FakeConnection connection = new FakeConnection();
    scene.pool.close();

    assertRefused(Status.REFUSED_POOL_CLOSED, scene.pool.put(ALICE, connection), connection);
    assertEquals(0, connection.closeCalls.get());
  }

  @Test
  void aNativeConnectionIsWrappedOrRefused() throws Exception {
    Scene scene = open();
    InMemoryConnection nativeOne = scene.unpooled(1);

    assertTrue(scene.pool.put(ALICE, scene.pool.adopt(nativeOne)).isPooled());
    assertThrows(IllegalArgumentException.class, () -> scene.pool.adopt("no connection"));
  }
}

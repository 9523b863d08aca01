package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectionLostException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.testkit.InMemoryConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DeathTest extends PoolTest {

  @Test
  void aConnectionThatThePeerClosesIsRemovedAtOnce() throws Exception {
    Scene scene = open();
    scene.use(1);

    scene.connection(1).closeByPeer(42, "bye");

    assertFalse(scene.holds(1));
    assertTrue(scene.pool.tryAcquire(scene.peer(1)).isEmpty());
    assertEquals(1, scene.stats().removedDead());
    assertEquals(1, scene.stats().closed());
  }

  @Test
  void aConnectionThatIsLostUnderALeaseIsRemovedAtOnceAndClosedOnce() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);

    scene.connection(1).lose();

    assertFalse(lease.connection().isOpen());
    assertEquals(0, scene.stats().draining(), "nothing is left to finish on it");
    lease.close();
    assertEquals(1, scene.stats().closed());
    assertEquals(0, scene.stats().leased());
  }

  @Test
  void anEndThatIsToldTwiceAndWithoutAReasonIsHeardOnce() throws Exception {
    List<Consumer<CloseReason>> told = new ArrayList<>();
    FakeConnection careless =
        new FakeConnection() {
          @Override
          public void onClosed(Consumer<CloseReason> consumer) {
            told.add(consumer);
          }
        };
    Scene scene = open();
    assertTrue(scene.pool.put(Peer.named("bob"), careless).isPooled());
    scene.events.take();

    careless.open = false;
    told.get(0).accept(null);
    told.get(0).accept(new CloseReason(CloseReason.Kind.LOST, 0, "again"));

    assertEquals(1, scene.stats().closed());
    assertEquals(1, scene.stats().removedDead());
    assertEquals(1, scene.events.take().stream().filter(e -> e.startsWith("closed ")).count());
  }

  @Test
  void whoAsksAfterThePeerHasRefusedUsInTlsIsToldWhyUntilItIsWorthAnotherTry() throws Exception {
    Scene scene = open();
    scene.use(1);

    CloseReason required = new CloseReason(CloseReason.Kind.PEER_TRANSPORT, 0x174, "certificate");
    scene.connection(1).end(required);

    ConnectFailedException refused = failure(ConnectFailedException.class, scene.ask(1));
    assertEquals(ConnectFailedException.Phase.BACKOFF, refused.phase());
    assertTrue(String.valueOf(refused.getCause()).contains(required.toString()), refused::toString);
    assertEquals(1, scene.stats().dials());
    scene.advance(refused.retryIn().orElseThrow());
    scene.use(1);
    assertEquals(2, scene.stats().dials());
  }

  @Test
  void whoWasRefusedInTlsByTheFirstStreamIsToldThatAndNotToWait() throws Exception {
    CloseReason required = new CloseReason(CloseReason.Kind.PEER_TRANSPORT, 0x174, "certificate");
    FakeConnection refusing = new FakeConnection();
    refusing.streams =
        () -> {
          refusing.open = false;
          refusing.closed.complete(required);
          return CompletableFuture.failedFuture(new ConnectionLostException("gone", required));
        };
    Scene scene = open(builder -> builder.transport(FakeTransport.to(refusing)));
    scene.use(1);

    ConnectionLostException lost =
        assertThrows(ConnectionLostException.class, () -> scene.pool.openStream(scene.peer(1)));

    assertEquals(required, lost.reason());
    ConnectFailedException next = failure(ConnectFailedException.class, scene.ask(1));
    assertTrue(next.getMessage().contains("TLS alert 116"), next::getMessage);
  }

  @Test
  void whoAsksAfterAnyOtherEndIsDialledForAtOnce() throws Exception {
    Scene scene = open();
    for (CloseReason.Kind kind : CloseReason.Kind.values()) {
      scene.use(1);
      scene.connection(1).end(new CloseReason(kind, 1, "")); // a transport's code, and no alert
    }
    assertEquals(CloseReason.Kind.values().length, scene.stats().dials());
  }

  @Test
  void whoAsksAConnectionThatHasDiedForAStreamIsToldWhy() throws Exception {
    Scene scene = open();
    Lease lease = scene.lease(1);

    scene.connection(1).closeByPeer(42, "bye");

    ConnectionLostException lost = assertThrows(ConnectionLostException.class, lease::openStream);
    assertEquals(new CloseReason(CloseReason.Kind.PEER_APPLICATION, 42, "bye"), lost.reason());
  }

  @Test
  void whatDiedWithoutAReasonIsLost() throws Exception {
    FakeConnection strange = new FakeConnection();
    Scene scene = open(builder -> builder.transport(FakeTransport.to(strange)));
    Lease lease = scene.lease(1);

    strange.open = false;
    strange.closed.completeExceptionally(new IllegalStateException("native error -5"));

    ConnectionLostException lost = assertThrows(ConnectionLostException.class, lease::openStream);
    assertEquals(CloseReason.Kind.LOST, lost.reason().kind());
    assertTrue(lost.reason().text().contains("native error -5"), lost::toString);
  }

  @Test
  void theEndOfAnOldConnectionDoesNotTouchTheOneThatTookItsPlace() throws Exception {
    Scene scene = open();
    Lease old = scene.lease(1);
    InMemoryConnection oldConnection = scene.connection(1);
    scene.pool.put(scene.peer(1), scene.unpooled(1));

    oldConnection.lose();

    assertTrue(scene.holds(1));
    assertTrue(scene.connection(1).isOpen());
    old.close();
    assertTrue(scene.connection(1).isOpen());
    assertEquals(0, scene.stats().removedDead(), "it had left before it died");
  }

  @Test
  void anEventThatComesLateDoesNotTouchTheOneThatTookItsPlace() throws Exception {
    FakeConnection first = new FakeConnection();
    first.tellsItsEnd = false;
    Scene scene = open(builder -> builder.transport(FakeTransport.to(first)));
    scene.use(1);
    scene.pool.invalidate(scene.peer(1));
    FakeConnection second = new FakeConnection();
    scene.pool.put(scene.peer(1), second);

    first.closed.complete(CloseReason.local(3, "invalidated"));

    assertTrue(scene.holds(1));
    assertTrue(second.open);
  }

  @Test
  void anEndThatIsToldAsAnErrorIsAnEnd() throws Exception {
    FakeConnection strange = new FakeConnection();
    Scene scene = open(builder -> builder.transport(FakeTransport.to(strange)));
    scene.use(1);

    strange.closed.completeExceptionally(new IllegalStateException("must not happen"));

    assertFalse(scene.holds(1));
    assertEquals("closed 1 LOST", scene.events.take().get(3));
  }

  @Test
  void theNextCallerDialsAnew() throws Exception {
    Scene scene = open();
    scene.use(1);
    scene.connection(1).lose();

    scene.use(1);

    assertEquals(2, scene.network.dials());
    assertEquals(0, scene.stats().hits());
  }

  @Test
  void aConnectionThatEndedWithoutAWordIsFoundByTheNextCheck() throws Exception {
    FakeConnection mute = new FakeConnection();
    Scene scene = open(builder -> builder.transport(FakeTransport.to(mute)));
    scene.use(1);
    mute.open = false;

    scene.advance(seconds(15));

    assertFalse(scene.holds(1));
    assertEquals(1, scene.stats().removedDead());
  }

  @Test
  void whoActsOnTheEndOfAConnectionMayUseThePool() throws Exception {
    Scene scene = open();
    scene.use(1, 2);
    QuicPool pool = scene.pool;
    scene.connection(1).closed().thenRun(() -> pool.invalidate(scene.peer(2)));

    scene.connection(1).lose();

    assertEquals(List.of(), List.copyOf(pool.connectedPeers()));
  }
}

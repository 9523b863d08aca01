package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.ConnectionLostException;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.PoolClosedException;
import io.quicpool.spi.QuicConnection;
import io.quicpool.testkit.DialOutcome;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Transports that do what they must not. */
class DialFaultsTest extends PoolTest {

  @Test
  void aDialThatHangsFailsAtItsDeadlineWhateverTheTransportDoes() throws Exception {
    Scene scene = open(builder -> builder.connectTimeout(seconds(2)));
    scene.script(1).dials(DialOutcome.hanging().ignoringTimeout().ignoringCancel());
    CompletableFuture<Lease> caller = scene.ask(1);

    scene.advance(millis(1_999));
    assertWaits(caller);
    scene.advance(millis(1));

    ConnectFailedException failed = failure(ConnectFailedException.class, caller);
    assertEquals(Phase.HANDSHAKE, failed.phase());
    assertEquals("handshake: no connection to 10.0.0.1:4433 within 2000 ms", failed.getMessage());
  }

  @Test
  void aConnectionThatComesAfterTheDialsDeadlineIsClosed() throws Exception {
    Scene scene = open(builder -> builder.connectTimeout(seconds(2)));
    scene.script(1).dials(DialOutcome.held().ignoringTimeout().ignoringCancel());
    CompletableFuture<Lease> caller = scene.ask(1);
    scene.advance(seconds(2));
    failure(ConnectFailedException.class, caller);

    var late = scene.onlyDial().complete().orElseThrow();

    assertFalse(late.isOpen());
    assertEquals(1, late.closeCalls().size());
    assertFalse(scene.holds(1));
  }

  @Test
  void aDialThatCompletesTwiceIsPooledOnceAndStaysOpen() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.answered().twice());

    scene.use(1);

    assertTrue(scene.connection(1).isOpen());
    assertTrue(scene.holds(1));
    assertEquals(1, scene.stats().opened());
  }

  @Test
  void aDialThatFailsTwiceFailsOnce() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("no")).twice());

    failure(ConnectFailedException.class, scene.ask(1));

    assertEquals(1, scene.stats().dialsFailed());
    assertEquals(0, scene.stats().dialling());
  }

  @Test
  void aDialThatCompletesWithNullFailsWithTheRule() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.completedWithNull());

    String message = failure(ConnectFailedException.class, scene.ask(1)).getMessage();

    assertEquals(
        "handshake: the transport must complete a dial with a connection, it did with none",
        message);
  }

  @Test
  void aTransportThatThrowsOrReturnsNothingFailsTheDialOnly() throws Exception {
    Scene throwing =
        open(
            builder ->
                builder.transport(
                    new FakeTransport(
                        request -> {
                          throw new IllegalStateException("out of sockets");
                        })));
    Scene silent = open(builder -> builder.transport(new FakeTransport(request -> null)));

    String thrown = failure(ConnectFailedException.class, throwing.ask(1)).getMessage();
    String nothing = failure(ConnectFailedException.class, silent.ask(1)).getMessage();

    assertTrue(thrown.contains("out of sockets"), thrown);
    assertTrue(nothing.contains("connect must return a future, it returned none"), nothing);
  }

  @Test
  void aTransportsErrorOfAnotherTypeIsADialFailure() throws Exception {
    Scene scene = open();
    CloseReason reason = new CloseReason(CloseReason.Kind.LOST, 0, "reset");
    scene
        .script(1)
        .dials(DialOutcome.failing(() -> new ConnectionLostException("in the handshake", reason)));

    ConnectFailedException failed = failure(ConnectFailedException.class, scene.ask(1));

    assertEquals(Phase.HANDSHAKE, failed.phase());
    assertTrue(failed.getMessage().contains("reset"), failed.getMessage());
  }

  @Test
  void anEndpointThatIsClosedUnderThePoolSaysSo() throws Exception {
    Scene scene = open();
    scene.script(1).dials(DialOutcome.failing(() -> new PoolClosedException("endpoint closed")));

    failure(PoolClosedException.class, scene.ask(1));
  }

  @Test
  void aConnectionThatDiesTheMomentItIsMadeIsPooledAndRemoved() throws Exception {
    FakeConnection stillborn = new FakeConnection();
    stillborn.open = false;
    stillborn.closed.complete(new CloseReason(CloseReason.Kind.LOST, 0, "at once"));
    Scene scene = open(builder -> builder.transport(FakeTransport.to(stillborn)));

    scene.ask(1);

    assertFalse(scene.holds(1));
    assertEquals(1, stillborn.closeCalls.get());
    assertEquals(1, scene.stats().removedDead());
  }

  @Test
  void aConnectionThatThrowsWhenItIsClosedHarmsNobody() throws Exception {
    Scene scene = open(max(1));
    scene.script(1).closeThrows(() -> new IllegalStateException("cannot close"));
    scene.use(1);

    scene.use(2);

    assertTrue(scene.holds(2));
    assertEquals(1, scene.stats().closed());
  }

  @Test
  void anUnpooledDialIsTheCallersAndIsNotCounted() throws Exception {
    Scene scene = open();

    QuicConnection connection = scene.unpooled(1);

    assertTrue(connection.isOpen());
    assertEquals(0, scene.stats().dials() + scene.stats().opened() + scene.stats().requests());
    connection.close(0, "mine to close");
  }

  @Test
  void anInterruptedUnpooledDialIsAbandoned() throws Exception {
    Scene scene = open();
    scene.held(1);
    Background<QuicConnection> caller =
        Background.call(() -> scene.pool.connect(Endpoint.parse(Scene.text(1))));
    Background.until(() -> scene.network.pendingDials().size() == 1);
    caller.untilBlocked();
    var dial = scene.onlyDial();

    caller.interrupt();

    assertEquals(InterruptedIOException.class, caller.failure().getClass());
    assertTrue(dial.isDone());
    assertEquals(List.of(), scene.network.connections());
  }
}

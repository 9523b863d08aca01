package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.ConnectionView;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.PutResult;
import io.quicpool.PutResult.Status;
import io.quicpool.QuicStream;
import io.quicpool.spi.QuicConnection;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.PendingDial;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Two connections between the same two pools: which one stays, and how the other one ends. */
class RivalsTest extends NodesTest {

  /** Two pools that have begun to dial one another: the lower key's dial is the first. */
  private final class Crossing {
    final Node lower;
    final Node higher;
    final CompletableFuture<Lease> byLower;
    final CompletableFuture<Lease> byHigher;
    private final List<PendingDial> dials;

    Crossing() throws Exception {
      Node one = node(1);
      Node two = node(2);
      boolean inOrder =
          one.identity.fingerprint().toString().compareTo(two.identity.fingerprint().toString())
              < 0;
      lower = inOrder ? one : two;
      higher = inOrder ? two : one;
      network.script(one.address).dials(DialOutcome.held());
      network.script(two.address).dials(DialOutcome.held());
      byLower = lower.pool.acquireAsync(higher.peer());
      lower.tasks.runAll();
      byHigher = higher.pool.acquireAsync(lower.peer());
      higher.tasks.runAll();
      dials = network.pendingDials();
      assertEquals(2, dials.size());
    }

    void complete(int dial) {
      dials.get(dial).complete();
    }

    void settle() {
      lower.settle(higher);
    }

    void assertOneIsLeftAndItIsTheLowersDial() throws Exception {
      settle();
      assertEquals(1, lower.stats().open());
      assertEquals(1, higher.stats().open());
      Lease ofLower = lower.pool.tryAcquire(higher.peer()).orElseThrow();
      Lease ofHigher = higher.pool.tryAcquire(lower.peer()).orElseThrow();
      assertEquals(Origin.DIALLED, ofLower.connection().origin());
      assertEquals(Origin.ACCEPTED, ofHigher.connection().origin());
      ofLower.close();
      ofHigher.close();
      assertEquals(1, lower.stats().draining());
      assertEquals(1, higher.stats().draining());

      higher.advance(Duration.ofMillis(251));
      settle();

      assertEquals(0, lower.stats().draining());
      assertEquals(0, higher.stats().draining());
      assertEquals(1, network.open());
      assertEquals(1, lower.stats().dials(), "the loser is not redialled");
      assertEquals(1, higher.stats().dials());
    }
  }

  private static void give(CompletableFuture<Lease> asked) {
    PoolTest.served(asked).close();
  }

  @Test
  void theLowersDialFirst() throws Exception {
    Crossing crossing = new Crossing();
    crossing.complete(0);
    crossing.settle();
    crossing.complete(1);
    crossing.settle();
    give(crossing.byLower);
    give(crossing.byHigher);
    crossing.assertOneIsLeftAndItIsTheLowersDial();
  }

  @Test
  void theHighersDialFirst() throws Exception {
    Crossing crossing = new Crossing();
    crossing.complete(1);
    crossing.settle();
    assertEquals(Origin.ACCEPTED, PoolTest.served(crossing.byLower).connection().origin());
    crossing.complete(0);
    crossing.settle();
    give(crossing.byLower);
    give(crossing.byHigher);
    crossing.assertOneIsLeftAndItIsTheLowersDial();
  }

  @Test
  void bothDialsBeforeEitherIsAccepted() throws Exception {
    Crossing crossing = new Crossing();
    crossing.complete(1);
    crossing.complete(0);
    crossing.settle();
    give(crossing.byLower);
    give(crossing.byHigher);
    crossing.assertOneIsLeftAndItIsTheLowersDial();
  }

  @Test
  void whatIsOpenOnTheLoserIsFinishedAndWhatComesOnItIsServed() throws Exception {
    Crossing crossing = new Crossing();
    crossing.complete(1);
    crossing.settle();
    Lease byLower = PoolTest.served(crossing.byLower); // both stand on the highers dial
    Lease byHigher = PoolTest.served(crossing.byHigher);
    crossing.complete(0);
    crossing.settle();
    assertEquals(1, crossing.higher.stats().draining());

    QuicStream late = byLower.openStream();
    late.output().write(1);
    late.output().close();
    crossing.settle();
    byLower.close();
    byHigher.close();
    crossing.higher.advance(Duration.ofSeconds(5));
    crossing.settle();

    assertEquals(1, crossing.higher.streams.size(), "it was served");
    assertTrue(crossing.higher.from.get(0).isOpen(), "and is not cut");
    crossing.higher.endStreams();
    crossing.higher.advance(Duration.ofMillis(251));
    crossing.settle();
    assertFalse(crossing.higher.from.get(0).isOpen());
    assertEquals(1, network.open());
  }

  @Test
  void aDialThatFailsWhileThePeerHasDialledUsIsNoReasonToLeaveItInPeace() throws Exception {
    Crossing crossing = new Crossing();
    crossing.complete(1);
    crossing.settle();
    give(crossing.byLower);
    give(crossing.byHigher);

    crossing.dials.get(0).fail(new IllegalStateException("no answer"));
    crossing.settle();

    assertEquals(0, crossing.lower.stats().backingOff());
    assertEquals(1, crossing.lower.stats().open());
    assertEquals(1, network.open());
  }

  @Test
  void whoWaitsForADialIsServedByAnInboundSuspectThatRecovers() throws Exception {
    Crossing crossing = new Crossing();
    crossing.complete(1);
    crossing.settle();
    give(crossing.byLower);
    give(crossing.byHigher);
    InMemoryConnection inbound = network.connections().get(0);
    inbound.dieSilently();
    crossing.lower.pool.onNetworkChange();
    CompletableFuture<Lease> asked = crossing.lower.pool.acquireAsync(crossing.higher.peer());
    crossing.settle();
    assertFalse(asked.isDone());

    inbound.revive();
    crossing.settle();

    give(asked);
    assertEquals(1, crossing.lower.stats().dialling(), "the dial goes on");
    crossing.complete(0);
    crossing.settle();
    crossing.assertOneIsLeftAndItIsTheLowersDial();
  }

  @Test
  void whereOneSideIsAnonymousBothStayAndBothAreServed() throws Exception {
    Node named = node(1);
    Node mute =
        node(
            2,
            builder ->
                builder.transport(network.transport().without(Capability.CLIENT_CERTIFICATES)));
    named.send(mute);
    mute.send(named);
    named.settle(mute);

    assertEquals(1, named.streams.size());
    assertEquals(1, mute.streams.size());
    assertEquals(2, network.open());
    named.endStreams();
    mute.endStreams();
    named.advance(Duration.ofSeconds(10));
    named.settle(mute);
    mute.send(named);
    assertEquals(1, named.streams.size(), "nothing was lost");
  }

  // Handed over.

  @Test
  void aDirectConnectionTakesThePlaceOfARelayedOneHoweverItComes() throws Exception {
    Node one = node(1);
    Node two = node(2);
    QuicConnection relayed = one.pool.connect(two.peer(), Endpoint.parse(Scene.text(2)));
    assertEquals(Status.ADOPTED, one.pool.put(two.peer(), relayed, Origin.RELAYED).status());
    assertEquals(Origin.RELAYED, view(one, two).origin());

    QuicConnection direct = one.pool.connect(two.peer(), Endpoint.parse(Scene.text(2)));
    assertEquals(Status.REPLACED, one.pool.put(two.peer(), direct).status());

    assertEquals(Origin.ADOPTED, view(one, two).origin());
    QuicConnection second = one.pool.connect(two.peer(), Endpoint.parse(Scene.text(2)));
    PutResult refused = one.pool.put(two.peer(), second, Origin.RELAYED);
    assertEquals(Status.REFUSED_WORSE, refused.status());
    assertTrue(refused.explanation().contains("direct"));
    assertTrue(second.isOpen(), "it is the caller's");
    second.close(0, "");
    one.settle(two);
  }

  private static ConnectionView view(Node node, Node other) throws Exception {
    try (Lease lease = node.pool.tryAcquire(other.peer()).orElseThrow()) {
      return lease.connection();
    }
  }

  @Test
  void ofTwoThatWereDialledCrosswiseTheOneThatIsPutObeysTheOrder() throws Exception {
    Crossing crossing = new Crossing();
    crossing.complete(0);
    crossing.settle();
    give(crossing.byLower);
    give(crossing.byHigher);
    network.script(crossing.lower.address).dials(DialOutcome.answered());
    QuicConnection own =
        crossing.higher.pool.connect(
            crossing.lower.peer(),
            Endpoint.parse(
                crossing.lower.address.getAddress().getHostAddress()
                    + ":"
                    + crossing.lower.address.getPort()));

    PutResult refused = crossing.higher.pool.put(crossing.lower.peer(), own);

    assertEquals(Status.REFUSED_WORSE, refused.status());
    assertTrue(own.isOpen());
    own.close(0, "");
    assertEquals(Set.of(crossing.lower.peer()), crossing.higher.pool.connectedPeers());
    crossing.complete(1);
    crossing.settle();
    crossing.higher.advance(Duration.ofMillis(251));
    crossing.settle();
  }
}

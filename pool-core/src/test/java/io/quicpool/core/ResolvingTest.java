package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Endpoint;
import io.quicpool.HostResolver;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PeerResolver;
import io.quicpool.PoolOpenException;
import io.quicpool.testkit.DialOutcome;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResolvingTest extends PoolTest {
  private static final Peer ALICE = Peer.named("alice");
  private static final Peer HOST = Peer.of("peer.example:4433");

  private Scene resolving(PeerResolver resolver) throws PoolOpenException {
    return open(builder -> builder.peerResolver(resolver));
  }

  private Scene lookingUp(HostResolver resolver) throws PoolOpenException {
    return open(builder -> builder.hostResolver(resolver));
  }

  private static CompletionStage<List<Endpoint>> at(int... numbers) {
    return CompletableFuture.completedFuture(
        IntStream.of(numbers).mapToObj(n -> Endpoint.parse(Scene.text(n))).toList());
  }

  private static InetAddress ip(int number) {
    return Scene.address(number).getAddress();
  }

  private static void assertUnresolved(Scene scene, Peer peer, String why) {
    ConnectFailedException failed =
        failure(ConnectFailedException.class, scene.pool.acquireAsync(peer));
    assertEquals(Phase.RESOLVE, failed.phase());
    assertTrue(failed.getMessage().contains(why), failed.getMessage());
    assertEquals(0, scene.network.dials());
    assertEquals(0, scene.stats().dialling());
  }

  @Test
  void aPeerIsDialledWhereTheResolverSays() throws Exception {
    Scene scene = resolving(peer -> at(7));
    scene.peer(7);

    try (Lease lease = scene.pool.acquire(ALICE)) {
      assertEquals(Scene.address(7), lease.connection().remoteAddress());
      assertEquals(ALICE, lease.connection().peer());
    }
  }

  @Test
  void aNamedPeerIsNowhereUnlessSomebodySaysWhere() throws Exception {
    assertUnresolved(open(), ALICE, "no endpoint is known for named:alice");
  }

  @Test
  void aPinnedPeerWithoutHintsIsNowhere() throws Exception {
    assertUnresolved(open(), Peer.pinned("0".repeat(64)), "no endpoint is known for pinned:");
  }

  @Test
  void aResolverThatReturnsNothingOrAnEmptyListFailsTheDial() throws Exception {
    assertUnresolved(resolving(peer -> null), ALICE, "it returned no stage");
    assertUnresolved(resolving(peer -> at()), ALICE, "no endpoint is known");
    assertUnresolved(
        resolving(peer -> CompletableFuture.completedFuture(null)), ALICE, "no endpoint is known");
  }

  @Test
  void aResolverThatNamesANullEndpointFailsTheDialAtOnce() throws Exception {
    assertUnresolved(
        resolving(peer -> CompletableFuture.completedFuture(Arrays.asList((Endpoint) null))),
        ALICE,
        "the resolver failed for named:alice");
  }

  @Test
  void aResolverThatThrowsOrFailsFailsTheDialWithItsCause() throws Exception {
    IllegalStateException broken = new IllegalStateException("registry down");
    assertUnresolved(
        resolving(
            peer -> {
              throw broken;
            }),
        ALICE,
        "registry down");
    Scene failing = resolving(peer -> CompletableFuture.failedFuture(broken));
    ConnectFailedException failed =
        failure(ConnectFailedException.class, failing.pool.acquireAsync(ALICE));
    assertSame(broken, failed.getCause().getCause());
  }

  @Test
  void aResolverThatNeverAnswersFailsTheDialAtItsDeadline() throws Exception {
    Scene scene = resolving(peer -> new CompletableFuture<>());
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(ALICE);

    scene.advance(millis(4_999));
    assertWaits(asked);
    scene.advance(millis(1));

    assertEquals(Phase.RESOLVE, failure(ConnectFailedException.class, asked).phase());
  }

  @Test
  void aResolverThatAnswersLaterIsWaitedForAndOneThatAnswersTooLateIsNot() throws Exception {
    List<CompletableFuture<List<Endpoint>>> answers = new ArrayList<>();
    Scene scene =
        resolving(
            peer -> {
              answers.add(new CompletableFuture<>());
              return answers.get(answers.size() - 1);
            });
    scene.peer(1);
    CompletableFuture<Lease> inTime = scene.pool.acquireAsync(ALICE);
    scene.advance(seconds(4));
    answers.get(0).complete(List.of(Endpoint.parse(Scene.text(1))));
    served(inTime).close();

    CompletableFuture<Lease> late = scene.pool.acquireAsync(Peer.named("bob"));
    scene.advance(seconds(5));
    answers.get(1).complete(List.of(Endpoint.parse(Scene.text(1))));
    failure(ConnectFailedException.class, late);
    assertEquals(1, scene.network.dials());
  }

  @Test
  void addressesAreTriedInTurn() throws Exception {
    Scene scene = lookingUp(host -> List.of(ip(1), ip(2), ip(3)));
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("first")));
    scene.script(2).dials(DialOutcome.failing(new IllegalStateException("second")));
    scene.peer(3);

    try (Lease lease = scene.pool.acquire(HOST)) {
      assertEquals(Scene.address(3), lease.connection().remoteAddress());
    }
    assertEquals(1, scene.stats().dials(), "they are one dial");
    assertEquals(3, scene.network.dials());
  }

  @Test
  void anAddressThatDoesNotAnswerIsOvertakenAfterAQuarterOfASecondAndItsLateConnectionClosed()
      throws Exception {
    Scene scene = lookingUp(host -> List.of(ip(1), ip(2)));
    scene.script(1).dials(DialOutcome.held().ignoringCancel());
    scene.peer(2);
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(HOST);
    scene.advance(millis(249));
    assertWaits(asked);

    scene.advance(millis(1));

    served(asked).close();
    assertEquals(1, scene.stats().dials());
    assertEquals(1, scene.network.heldDials().get(0).cancelCalls());
    assertFalse(scene.network.heldDials().get(0).complete().orElseThrow().isOpen());
  }

  @Test
  void atMostTwoAddressesAreTriedAtATime() throws Exception {
    Scene scene = lookingUp(host -> List.of(ip(1), ip(2), ip(3)));
    scene.held(1);
    scene.held(2);
    scene.held(3);
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(HOST);
    scene.advance(millis(1_000));
    assertEquals(2, scene.network.pendingDials().size());

    scene.network.pendingDials().get(1).fail(new IllegalStateException("second"));
    assertEquals(2, scene.network.pendingDials().size());
    scene.network.pendingDials().get(0).complete();

    try (Lease lease = served(asked)) {
      assertEquals(Scene.address(1), lease.connection().remoteAddress());
    }
    assertEquals(0, scene.network.pendingDials().size());
  }

  @Test
  void addressesOfVersionSixGoFirstAndTheTwoKindsTakeTurns() throws Exception {
    InetAddress six = InetAddress.getByName("2001:db8::1");
    InetAddress seven = InetAddress.getByName("2001:db8::2");
    assertEquals(
        List.of(six, ip(1), seven, ip(2)),
        AddressRace.targets(Endpoint.parse("peer.example:1"), List.of(ip(1), ip(2), six, seven))
            .stream()
            .map(target -> target.address().getAddress())
            .toList());
  }

  @Test
  void anAddressThatFailedOrWasOvertakenIsNotTriedFirstAgain() throws Exception {
    Scene scene = lookingUp(host -> List.of(ip(1), ip(2)));
    scene.script(1).dials(DialOutcome.hanging());
    scene.peer(2);
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(HOST);
    scene.advance(millis(250));
    served(asked).close();
    scene.pool.invalidate(HOST);

    served(scene.pool.acquireAsync(HOST)).close();
    assertEquals(1, scene.script(1).dials(), "the other one goes first now");
    scene.pool.invalidate(HOST);

    scene.script(2).dials(DialOutcome.failing(new IllegalStateException("gone")));
    scene.script(1).heal();
    served(scene.pool.acquireAsync(HOST)).close();
    scene.pool.invalidate(HOST);
    served(scene.pool.acquireAsync(HOST)).close();
    assertEquals(3, scene.script(1).dials(), "it has answered again");
    assertEquals(3, scene.script(2).dials());
  }

  @Test
  void aDialThatWasCancelledSaysNothingOfItsAddress() throws Exception {
    Scene scene = lookingUp(host -> List.of(ip(1), ip(2)));
    scene.held(1);
    scene.peer(2);
    scene.pool.acquireAsync(HOST).cancel(true);
    assertEquals(0, scene.stats().dialling());

    scene.pool.acquireAsync(HOST);

    assertEquals(Scene.address(1), scene.onlyDial().request().address(), "first again");
    scene.onlyDial().complete();
  }

  @Test
  void aPinnedPeersHintsAreTriedInTheirOrder() throws Exception {
    Scene scene = open();
    scene.held(1);
    scene.held(2);
    Peer pinned = Peer.pinned("0".repeat(64), Scene.text(1), Scene.text(2));
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(pinned);
    assertEquals(Scene.address(1), scene.onlyDial().request().address());

    scene.advance(millis(250));

    assertEquals(Scene.address(2), scene.network.pendingDials().get(1).request().address());
    asked.cancel(true);
    assertEquals(0, scene.network.pendingDials().size());
  }

  @Test
  void whenAllAddressesFailTheLastFailureIsTold() throws Exception {
    Scene scene = lookingUp(host -> List.of(ip(1), ip(2)));
    scene.script(1).dials(DialOutcome.failing(new IllegalStateException("first")));
    scene.script(2).dials(DialOutcome.failing(new IllegalStateException("second")));

    ConnectFailedException failed =
        failure(ConnectFailedException.class, scene.pool.acquireAsync(HOST));

    assertTrue(failed.getMessage().contains("second"), failed.getMessage());
  }

  @Test
  void aHostResolverThatFailsFailsTheDialWithItsReason() throws Exception {
    assertUnresolved(
        lookingUp(
            host -> {
              throw new UnknownHostException("no such host: " + host);
            }),
        HOST,
        "no such host: peer.example");
    assertUnresolved(
        lookingUp(
            host -> {
              throw new IllegalStateException("DNS broken");
            }),
        HOST,
        "DNS broken");
    assertUnresolved(lookingUp(host -> null), HOST, "no address is known for");
    assertUnresolved(lookingUp(host -> List.of()), HOST, "no address is known for");
    assertUnresolved(
        lookingUp(host -> Arrays.asList((InetAddress) null)), HOST, "no address is known for");
  }

  @Test
  void aHostResolverIsNeverAskedForALiteral() throws Exception {
    Scene scene =
        lookingUp(
            host -> {
              throw new AssertionError("asked for " + host);
            });

    scene.use(1);
  }

  @Test
  void aHostIsLookedUpOnTheExecutor() throws Exception {
    TaskQueue tasks = new TaskQueue();
    Scene scene = open(builder -> builder.executor(tasks).hostResolver(host -> List.of(ip(1))));
    scene.peer(1);
    CompletableFuture<Lease> asked = scene.pool.acquireAsync(HOST);
    assertEquals(0, scene.network.dials());

    tasks.runAll();

    served(asked).close();
  }
}

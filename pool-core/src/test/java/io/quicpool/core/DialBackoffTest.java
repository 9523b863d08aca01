package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireOptions;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.testkit.DialOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DialBackoffTest extends PoolTest {
  private static final DialOutcome REFUSED =
      DialOutcome.failing(new IllegalStateException("refused"));

  private static ConnectFailedException refusal(CompletableFuture<?> asked) {
    ConnectFailedException refusal = failure(ConnectFailedException.class, asked);
    assertEquals(Phase.BACKOFF, refusal.phase());
    return refusal;
  }

  private static Duration wait(CompletableFuture<?> asked) {
    return refusal(asked).retryIn().orElseThrow();
  }

  /** Lets the next dial of a peer fail, and returns how long it is left in peace then. */
  private static Duration failOnceMore(Scene scene, int number) {
    scene.script(number).dials(REFUSED);
    ConnectFailedException failed = failure(ConnectFailedException.class, scene.ask(number));
    assertEquals(Phase.HANDSHAKE, failed.phase());
    return wait(scene.ask(number));
  }

  private static void assertAbout(Duration expected, Duration actual) {
    double ratio = actual.toNanos() / (double) expected.toNanos();
    assertTrue(ratio >= 0.8 && ratio <= 1.2, () -> actual + ", expected " + expected + " +- 20 %");
  }

  @Test
  void aPeerThatFailedIsLeftInPeaceAndTheErrorTellsHowLong() throws Exception {
    Scene scene = open();
    Duration left = failOnceMore(scene, 1);
    assertAbout(millis(250), left);

    ConnectFailedException refusal = refusal(scene.ask(1));
    assertEquals(
        "backoff: 10.0.0.1:4433 could not be reached a moment ago, next dial in "
            + left.plusNanos(999_999).toMillis()
            + " ms; the last failure was "
            + refusal.getCause().getMessage(),
        refusal.getMessage());
    assertEquals(1, scene.stats().dials());
    assertEquals(1, scene.stats().backingOff());
    assertEquals(2, scene.stats().backoffRefusals());
    assertEquals(3, scene.stats().misses());

    scene.advance(left);
    assertEquals(0, scene.stats().backingOff());
    scene.script(1).dials(DialOutcome.answered());
    scene.use(1);
  }

  @Test
  void eachFurtherFailureDoublesTheWaitUpToTheCeiling() throws Exception {
    Scene scene = open();
    for (int expected : new int[] {250, 500, 1_000, 2_000, 2_000, 2_000}) {
      Duration left = failOnceMore(scene, 1);
      assertAbout(millis(expected), left);
      scene.advance(left);
    }
    failOnceMore(scene, 1);
    String message = refusal(scene.ask(1)).getMessage();
    assertTrue(message.contains("7 times in a row, next dial in "), message);
    assertTrue(message.matches(".*next dial in (1\\.[6-9]|2\\.[0-4]) s;.*"), message);
  }

  @Test
  void theCeilingIsTheApplications() throws Exception {
    Scene scene = open(builder -> builder.maxBackoff(Duration.ofMinutes(5)));
    Duration left = Duration.ZERO;
    for (int i = 0; i < 12; i++) {
      left = failOnceMore(scene, 1);
      scene.advance(left);
    }
    assertAbout(Duration.ofMinutes(5), left);
  }

  @Test
  void withACeilingOfZeroThereIsNone() throws Exception {
    Scene scene = open(builder -> builder.maxBackoff(Duration.ZERO));
    scene.script(1).dials(REFUSED);
    for (int i = 0; i < 3; i++) {
      assertEquals(Phase.HANDSHAKE, failure(ConnectFailedException.class, scene.ask(1)).phase());
    }
    assertEquals(3, scene.stats().dials());
  }

  @Test
  void peersThatFailTogetherDoNotComeBackTogether() throws Exception {
    Scene scene = open();
    List<Duration> waits = new ArrayList<>();
    for (int number = 1; number <= 50; number++) {
      waits.add(failOnceMore(scene, number));
    }
    assertTrue(waits.stream().distinct().count() > 40, waits::toString);
    assertNotEquals(waits.get(0), waits.get(1));
  }

  @Test
  void aPeerThatWasNotAskedForAWhileStartsAnew() throws Exception {
    Scene scene = open();
    for (int i = 0; i < 5; i++) {
      scene.advance(failOnceMore(scene, 1));
    }
    scene.advance(seconds(3)); // 2 s of backoff and the ceiling of 2 s once more are over

    assertAbout(millis(250), failOnceMore(scene, 1));
  }

  @Test
  void dialsThatTakeLongerThanTheCeilingAreFailuresInARow() throws Exception {
    Scene scene = open();
    scene.held(1); // each dial takes its whole timeout of 5 s
    for (int expected : new int[] {250, 500, 1_000, 2_000}) {
      CompletableFuture<Lease> asked = scene.ask(1);
      scene.advance(seconds(5));
      assertEquals(Phase.HANDSHAKE, failure(ConnectFailedException.class, asked).phase());
      Duration left = wait(scene.ask(1));
      assertAbout(millis(expected), left);
      scene.advance(left);
    }
  }

  @Test
  void successEndsIt() throws Exception {
    Scene scene = open();
    scene.advance(failOnceMore(scene, 1));
    scene.advance(failOnceMore(scene, 1));
    scene.script(1).dials(DialOutcome.answered());
    scene.use(1);
    scene.pool.invalidate(scene.peer(1));

    assertAbout(millis(250), failOnceMore(scene, 1));
  }

  @Test
  void aConnectionThatIsPutEndsIt() throws Exception {
    Scene scene = open();
    failOnceMore(scene, 1);
    scene.script(1).dials(DialOutcome.answered());
    assertTrue(scene.pool.put(scene.peer(1), scene.unpooled(1)).isPooled());
    scene.pool.invalidate(scene.peer(1));

    scene.use(1);
  }

  @Test
  void aRemovedConnectionIsRedialledWithoutBackoff() throws Exception {
    Scene scene = open();
    scene.advance(failOnceMore(scene, 1));
    scene.script(1).dials(DialOutcome.answered());
    scene.use(1);
    scene.connection(1).closeByPeer(1, "restart");

    scene.use(1);
  }

  @Test
  void clearingDialsAtOnce() throws Exception {
    Scene scene = open();
    failOnceMore(scene, 1);
    scene.script(1).dials(DialOutcome.answered());

    assertTrue(scene.pool.clearBackoff(scene.peer(1)));
    assertFalse(scene.pool.clearBackoff(scene.peer(1)));
    scene.use(1);
  }

  @Test
  void oneAcquireMayPassItBy() throws Exception {
    Scene scene = open();
    failOnceMore(scene, 1);
    scene.script(1).dials(DialOutcome.answered());
    Peer peer = scene.peer(1);
    refusal(scene.ask(1));

    try (Lease lease =
        served(scene.pool.acquireAsync(peer, AcquireOptions.defaults().ignoringBackoff()))) {
      scene.use(1); // which is pooled now, and so is anybody's
      assertEquals(peer, lease.connection().peer());
    }
    assertEquals(0, scene.stats().backingOff());
  }

  @Test
  void onePassingByJoinsNobodyToTheBackoffAndItsDialIsJoined() throws Exception {
    Scene scene = open();
    failOnceMore(scene, 1);
    scene.held(1);
    CompletableFuture<Lease> passing =
        scene.pool.acquireAsync(scene.peer(1), AcquireOptions.defaults().ignoringBackoff());
    CompletableFuture<Lease> joining = scene.ask(1); // a dial is under way: nothing to refuse
    assertWaits(passing, joining);

    scene.onlyDial().complete();

    served(passing).close();
    served(joining).close();
  }

  @Test
  void otherPeersAreNotConcerned() throws Exception {
    Scene scene = open();
    failOnceMore(scene, 1);

    scene.use(2);
  }

  @Test
  void aDialThatWasGivenUpIsNoFailureOfThePeer() throws Exception {
    Scene scene = open();
    scene.held(1);
    assertTrue(scene.ask(1).cancel(true));
    scene.script(1).dials(DialOutcome.answered());

    scene.use(1);
  }

  @Test
  void theTableIsBounded() {
    DialBackoff backoff = new DialBackoff(Duration.ofHours(1).toNanos(), 1);
    ConnectFailedException cause = new ConnectFailedException(Phase.HANDSHAKE, "no answer");
    for (int i = 0; i < DialBackoff.MAX_PEERS + 10; i++) {
      backoff.failed(Peer.named("peer-" + i), cause, 0, 0);
    }

    assertEquals(DialBackoff.MAX_PEERS, backoff.waiting(0));
    assertTrue(backoff.refusal(Peer.named("peer-9"), 0).isEmpty(), "the oldest was forgotten");
    assertTrue(backoff.refusal(Peer.named("peer-10"), 0).isPresent());
  }

  @Test
  void aTimeoutOfOneAcquireIsChecked() throws Exception {
    Scene scene = open();
    AcquireOptions tooShort = AcquireOptions.defaults().within(Duration.ofNanos(1));
    assertThrows(IllegalArgumentException.class, () -> scene.pool.acquire(scene.peer(1), tooShort));
    assertThrows(
        IllegalArgumentException.class, () -> scene.pool.acquireAsync(scene.peer(1), tooShort));
  }
}

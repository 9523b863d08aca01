package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When bytes count as acknowledged: what happened between two looks is told by their numbers. */
class FinSignsTest {
  private static final long WINDOW = 120_000;
  private static final Duration RTT = Duration.ofMillis(10);
  private static final Duration MOMENT = Duration.ofMillis(1);

  private final FinSigns signs = new FinSigns();
  private long nanos;
  private long looked;
  private long room = WINDOW;
  private long sent = 1_000;
  private long sentBytes = 1_000_000;
  private long received = 1_000;
  private long lost;
  private boolean firstPath = true;
  private long ahead;

  private boolean look(Duration after) {
    looked += after.toNanos();
    return lookAfterAPause(after);
  }

  private boolean lookAfterAPause(Duration after) {
    nanos += after.toNanos();
    return signs.acknowledged(
        new FinSigns.Look(
            nanos,
            looked,
            firstPath,
            RTT.toNanos(),
            room,
            WINDOW,
            sent,
            sentBytes,
            received,
            lost,
            0),
        ahead);
  }

  private void sends(int packets) {
    sent += packets;
    sentBytes += 1_200L * packets;
  }

  /** Packets of the peer, after which there is so much room. */
  private void receives(int packets, long roomThen) {
    received += packets;
    room = roomThen;
  }

  @Test
  void aWindowThatBecameWholeIsEnoughIfNothingWasSentSince() {
    room = WINDOW - 5_000;
    assertFalse(look(MOMENT), "just written");
    assertFalse(look(MOMENT));
    receives(2, WINDOW);
    assertTrue(look(MOMENT));
  }

  /** As a FIN of the peer is acknowledged before one's own is asked for. */
  @Test
  void aLittleThatWasSentSinceDoesNotMatterIfTheWindowIsOpen() {
    room = WINDOW - 5_000;
    look(MOMENT);
    receives(3, WINDOW);
    sends(1);
    assertTrue(look(Duration.ofMillis(30)));
  }

  /** Seen: the window became whole, and a whole window of what had been kept left at once. */
  @Test
  void aWholeWindowIsNoSignIfWhatWasKeptLeftSince() {
    room = WINDOW / 4;
    look(MOMENT);
    receives(10, WINDOW);
    sends((int) (WINDOW / 1_200) - 1);
    assertFalse(look(MOMENT));
  }

  /** Seen: as above, with a stream that goes first and so is known to have left. */
  @Test
  void norIfTheBytesAreKnownToHaveLeftWithIt() {
    ahead = 30_000;
    room = WINDOW / 4;
    look(MOMENT);
    look(MOMENT);
    receives(10, WINDOW);
    sends((int) (WINDOW / 1_200) - 1);
    assertFalse(look(MOMENT), "the window may be full of them");
    assertFalse(look(MOMENT));
    receives(10, WINDOW - 20_000);
    assertFalse(look(MOMENT));
    receives(10, WINDOW);
    sends(1);
    assertTrue(look(MOMENT), "whole after they left");
  }

  @Test
  void theSameRoomAsBeforeMayBeAnOldOne() {
    room = WINDOW / 2;
    look(MOMENT);
    receives(3, WINDOW / 2);
    sends(1);
    assertFalse(look(MOMENT));
    receives(3, WINDOW / 2);
    sends(1);
    assertFalse(look(MOMENT), "a full window is not told of");
  }

  @Test
  void aWindowThatWasShutWhenTheBytesWereWrittenHasToBecomeWholeAfterTheyLeft() {
    room = 0;
    look(MOMENT);
    receives(10, WINDOW);
    sends(1);
    assertFalse(look(MOMENT), "they have left");
    receives(1, WINDOW);
    assertTrue(look(MOMENT), "whole after that");
  }

  @Test
  void aRoomBeyondTheWindowProvesNothing() {
    room = 0;
    look(MOMENT);
    receives(1, 10 * WINDOW);
    assertFalse(look(MOMENT));
    receives(1, WINDOW);
    sends((int) (WINDOW / 1_200));
    assertFalse(look(MOMENT));
  }

  @Test
  void afterALossTheBytesHaveToLeaveOnceMore() {
    room = 0;
    look(MOMENT);
    receives(10, WINDOW - 5_000);
    assertFalse(look(MOMENT), "they have left");
    lost = 1;
    receives(1, WINDOW);
    sends(1);
    assertFalse(look(MOMENT), "and some are to be sent again");
  }

  @Test
  void silenceIsLongerThanAProbeWouldTake() {
    room = WINDOW / 2;
    look(MOMENT);
    sends(1);
    receives(1, WINDOW / 2);
    look(MOMENT);
    receives(1, WINDOW / 2);
    assertFalse(look(MOMENT), "answered");
    assertFalse(look(Duration.ofMillis(134)));
    assertTrue(look(Duration.ofMillis(1)), "75 ms and six round trips");
  }

  @Test
  void withoutAnAnswerSilenceTakesFourTimesAsLong() {
    room = WINDOW / 2;
    look(MOMENT);
    sends(1);
    look(MOMENT);
    assertFalse(look(Duration.ofMillis(4 * 135 - 1)));
    assertTrue(look(MOMENT));
  }

  @Test
  void timeInWhichNobodyLookedIsNoSilence() {
    room = WINDOW / 2;
    look(MOMENT);
    sends(1);
    look(MOMENT);
    assertFalse(lookAfterAPause(Duration.ofMinutes(1)));
  }

  @Test
  void onAnotherPathSilenceTellsNothing() {
    firstPath = false;
    room = WINDOW / 2;
    look(MOMENT);
    assertFalse(look(Duration.ofMinutes(1)));
  }

  /** A FIN some time after its bytes, on a connection that says a little now and then. */
  @Test
  void whereLittleIsSentASecondIsEnough() {
    room = WINDOW;
    look(MOMENT);
    for (int i = 1; i <= 10; i++) {
      sends(2);
      receives(2, WINDOW);
      assertFalse(lookAfterAPause(Duration.ofMillis(107)), "never silent");
    }
    sends(1);
    receives(1, WINDOW);
    assertTrue(lookAfterAPause(Duration.ofMillis(10)), "one second and eight round trips");
  }

  /** Where the window is always full: what goes before all others must be gone. */
  @Test
  void onABusyConnectionSoMuchMustBeSentAndThenASecondPass() {
    room = 19_200;
    ahead = 600_000;
    look(MOMENT);
    int second = 0;
    boolean safe = false;
    long before = sentBytes;
    while (!safe) {
      sends(50);
      receives(25, 19_200);
      safe = look(Duration.ofMillis(10));
      second = sentBytes - before < 1.25 * 600_000 + 12_000 ? 0 : second + 10;
    }
    assertTrue(second >= 1_080, () -> "after it had left");
    assertTrue(second < 1_200);
  }

  @Test
  void andWithoutAPlaceBeforeOthersItIsNeverSafe() {
    room = 19_200;
    look(MOMENT);
    for (int i = 0; i < 1_000; i++) {
      sends(50);
      receives(25, 19_200);
      assertFalse(look(Duration.ofMillis(10)));
    }
  }
}

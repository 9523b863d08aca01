package io.quicpool.transport.netty;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Works out whether bytes that the codec has taken are acknowledged, so that a FIN may follow them
 * (N1), from what the connection tells at one look after the other.
 *
 * <p>quiche takes more than the congestion window has room for, and keeps it as long as that is
 * full, for seconds where many streams share it. The room that the codec tells is that of the last
 * packet after which there was any, and says little of what is kept. So there are two things to be
 * found out.
 *
 * <p>The bytes have <em>left</em> if, by a packet that came between two looks, the room became
 * another and is now more than twice what was sent between them: had anything been kept, that room
 * would be used up (all but less than a packet of it). Or, while the stream goes before all others
 * ({@link FinQueue}), if so much was sent that it must be among it.
 *
 * <p>They are <em>acknowledged</em>, or as good, by any of these signs:
 *
 * <ul>
 *   <li>the window has become whole since a look, and nothing was sent since that look;
 *   <li>it has become whole since the bytes left, and nothing was lost since;
 *   <li>it is whole at the look at which the room shows that they left, and was not shut when they
 *       were written: if they are still under way then the FIN at least leaves at once, since
 *       little was sent after that room was told;
 *   <li>for a second and some round trips so little was sent that the window was never full, and
 *       nothing was lost;
 *   <li>for so long nothing was sent or received that a packet without an answer would have been
 *       followed by a probe (RFC 9002, section 6.2), also by a second one if nothing was received
 *       after the last that was sent;
 *   <li>since the bytes left nothing was lost for a second and some round trips.
 * </ul>
 *
 * <p>Where the stream's or the connection's credit is less than the window, that never looks whole,
 * and the last three are left; on another path than the first one, whose numbers are looked at, all
 * but the one by silence.
 */
final class FinSigns {
  private static final long PROBED_NANOS = TimeUnit.MILLISECONDS.toNanos(75);
  private static final int PROBED_ROUND_TRIPS = 6; // as much for their variation as for themselves
  private static final long UNLOST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int UNLOST_ROUND_TRIPS = 8;
  private static final int PART = 8; // of the window

  /** What goes out beside streams' bytes: headers, and an acknowledgement for each packet. */
  private static final double SENT_PER_BYTE = 1.25;

  private static final long SENT_ANYWAY_BYTES = 12_000;
  private static final long ACKNOWLEDGEMENT_BYTES = 64;

  /**
   * A connection at one moment.
   *
   * @param nanos when
   * @param lookedNanos how much time had passed while somebody looked: a thread that is kept from
   *     running has packets to read before it can tell what was silent
   * @param firstPath whether the window and the round trip are those of the path in use
   * @param roundTripNanos smoothed
   * @param room for bytes of the stream, as last told
   * @param window for congestion
   * @param sent packets
   * @param sentBytes bytes
   * @param received packets
   * @param lost packets
   * @param sentAgain bytes of streams
   */
  record Look(
      long nanos,
      long lookedNanos,
      boolean firstPath,
      long roundTripNanos,
      long room,
      long window,
      long sent,
      long sentBytes,
      long received,
      long lost,
      long sentAgain) {

    private boolean whole() {
      return room == window;
    }

    private boolean losesMoreThan(Look before) {
      return lost != before.lost || sentAgain != before.sentAgain;
    }
  }

  private @Nullable Look start; // the first, or the one at which the last loss was seen
  private @Nullable Look last;
  private @Nullable Look unsentSince;
  private @Nullable Look silentSince;
  private @Nullable Look firstSince; // since the stream goes before others
  private @Nullable Look leftAt; // when the bytes had left, and nothing was lost since
  private long sentBytesBefore; // at the look before that
  private boolean seenOpen; // since they left, a window that was not whole

  /**
   * Whether the bytes are acknowledged, or as good.
   *
   * @param bytesAhead how many may be sent before the last of them, which go before all others; 0
   *     if they do not
   */
  boolean acknowledged(Look now, long bytesAhead) {
    Look before = last;
    last = now;
    Look unsent = unsentSince == null || now.sent != unsentSince.sent ? now : unsentSince;
    unsentSince = unsent;
    Look silent =
        silentSince == null || now.sent != silentSince.sent || now.received != silentSince.received
            ? now
            : silentSince;
    silentSince = silent;
    Look begin = start;
    if (before == null || begin == null || now.losesMoreThan(begin)) {
      start = now; // what was lost is to be sent again
      leftAt = null;
      firstSince = null;
      return false;
    }
    boolean told = roomTells(now, before);
    boolean seenToLeave = leftAt == null && (told || soMuchWasSent(now, bytesAhead));
    if (now.whole()
        && (now.sent == before.sent && !before.whole()
            || leftAt != null && (told || becameWhole(now, before))
            || seenToLeave && told && begin.room >= begin.window / PART)) {
      return true;
    }
    if (seenToLeave) {
      leftAt = now;
      seenOpen = false;
      sentBytesBefore = before.sentBytes;
    }
    seenOpen |= leftAt != null && !now.whole();
    return hadTime(now, begin) || wasSilent(now, silent, unsent);
  }

  /** A room beyond the window is that of a connection that probes, and no room for more. */
  private static boolean roomTells(Look now, Look before) {
    return now.room != before.room
        && now.room <= now.window
        && now.received > before.received
        && now.sentBytes - before.sentBytes < now.room / 2;
  }

  private boolean soMuchWasSent(Look now, long bytesAhead) {
    if (bytesAhead == 0) {
      return false;
    }
    Look first = firstSince;
    if (first == null) {
      firstSince = now;
      return false;
    }
    long acknowledgements = ACKNOWLEDGEMENT_BYTES * (now.received - first.received);
    return now.sentBytes - first.sentBytes - acknowledgements
        >= SENT_PER_BYTE * bytesAhead + SENT_ANYWAY_BYTES;
  }

  /** If it was seen open since, or a packet came while it cannot have been full, and so is told. */
  private boolean becameWhole(Look now, Look before) {
    return seenOpen
        || now.received > before.received && now.sentBytes - sentBytesBefore < now.window / 2;
  }

  private boolean hadTime(Look now, Look begin) {
    long time = UNLOST_NANOS + UNLOST_ROUND_TRIPS * now.roundTripNanos;
    Look left = leftAt;
    return left != null && now.lookedNanos - left.lookedNanos >= time
        || now.nanos - begin.nanos >= time
            && now.received > begin.received
            && now.sentBytes - begin.sentBytes < now.window / 2;
  }

  private static boolean wasSilent(Look now, Look silent, Look unsent) {
    boolean answered = now.received > unsent.received;
    long probed = PROBED_NANOS + PROBED_ROUND_TRIPS * now.roundTripNanos;
    return now.firstPath
        && now.lookedNanos - silent.lookedNanos
            >= (answered ? probed : 4 * probed); // the next waits twice
  }
}

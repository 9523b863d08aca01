package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicConnectionPathStats;
import io.netty.incubator.codec.quic.QuicConnectionStats;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamPriority;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds back the FIN of a stream whose bytes have all been sent before, until they are acknowledged
 * (N1).
 *
 * <p>quiche takes a stream for complete as soon as its final size is known and every byte up to it
 * is acknowledged, whether or not the FIN itself has left or arrived; if its input has ended too,
 * the acknowledgement of the bytes then throws the stream away, and the FIN with it. A FIN that is
 * queued <em>after</em> the last acknowledgement is safe, also when its packet is lost: nothing is
 * left whose acknowledgement could end the stream.
 *
 * <p>The codec does not tell what was acknowledged, nor what has left: quiche takes more than the
 * congestion window has room for, and keeps it as long as that is full, for seconds where many
 * streams share it. The room that the codec tells is of the last packet after which there was any,
 * and does not leave out what is kept. So this is worked out from numbers, at one look after the
 * other, in two steps.
 *
 * <p>The bytes have <em>left</em> if, between two looks, a packet opened the window by at least
 * twice as many bytes as were sent until the second of them (a full window leaves room for less
 * than a packet, so as many would not do): nothing can have been kept. Or, while the FIN waits and
 * its stream goes before all others ({@link FinQueue}), if the connection has sent more than those
 * streams were ever given.
 *
 * <p>They are <em>acknowledged</em>, by any of these signs:
 *
 * <ul>
 *   <li>the window has become whole since a look, and nothing was sent since that look;
 *   <li>it has become whole since the bytes left, and no packet was lost since;
 *   <li>it is whole at the look that shows that they left, and no packet of the connection was ever
 *       lost: if they are still under way the FIN at least leaves at once, since the window is
 *       open;
 *   <li>for so long nothing was sent or received that a packet without an answer would have been
 *       followed by a probe (RFC 9002, section 6.2), also by a second one if nothing was received
 *       after the last that was sent;
 *   <li>on a connection that is never still: since the bytes left no packet was lost and nothing
 *       sent again for a second and some round trips.
 * </ul>
 *
 * <p>Time counts while this looks only: a thread that was kept from running has packets to read
 * before it can tell what was silent. No sign is waited for longer than some seconds of it.
 *
 * <p>Confined to the event loop.
 */
final class FinGate {
  private static final long PROBED_NANOS = TimeUnit.MILLISECONDS.toNanos(75);
  private static final int PROBED_ROUND_TRIPS = 6; // as much for their variation as for themselves
  private static final long UNLOST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long AT_MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private static final QuicStreamPriority FIRST = new QuicStreamPriority(0, true);

  /** What goes out beside streams' bytes: headers, and an acknowledgement of a packet. */
  private static final double SENT_PER_BYTE = 1.25;

  private static final long SENT_ANYWAY_BYTES = 12_000;
  private static final long ACKNOWLEDGEMENT_BYTES = 64;

  /** What the connection had sent, received and lost at one look, on whatever path. */
  private record Look(
      long nanos,
      long room,
      long window,
      long sent,
      long sentBytes,
      long received,
      long lost,
      long sentAgain) {

    boolean whole() {
      return room == window;
    }

    boolean losesMoreThan(Look before) {
      return lost != before.lost || sentAgain != before.sentAgain;
    }
  }

  private final QuicStreamChannel channel;
  private final FinQueue queue;
  private final long bytes;
  private @Nullable Runnable writeFin;
  private long place; // in the queue
  private boolean looking = true;
  private long lookNanos = LOOK_NANOS; // until the next look
  private long lastNanos = System.nanoTime();
  private long lookedNanos; // how long this has looked, at the last look
  private @Nullable Look last;
  private @Nullable Look unsentSince;
  private @Nullable Look silentSince;
  private @Nullable Look firstSince; // since the stream goes before others
  private @Nullable Look leftAt; // when the bytes had left, and nothing was lost since
  private long sentBytesBefore; // at the look before that
  private boolean seenOpen; // since they left, a window that was not whole

  /** Made when the codec has taken bytes behind which a FIN may come alone. */
  FinGate(QuicStreamChannel channel, FinQueue queue, long writtenBytes) {
    this.channel = channel;
    this.queue = queue;
    this.bytes = writtenBytes;
    // In a task of its own: within the codec's read loop nothing is sent, only queued.
    channel.eventLoop().execute(this::look);
  }

  /** No byte came after those: the FIN is to be written as soon as it is safe. */
  void open(Runnable fin) {
    writeFin = fin;
    place = queue.join(bytes);
    channel.updatePriority(FIRST);
    if (!looking) {
      looking = true;
      look();
    }
  }

  private void look() {
    if (channel.isActive()) {
      channel.parent().collectStats().addListener(this::lookAtPath);
    } else if (writeFin != null) {
      queue.leave(bytes);
    }
  }

  /** The path on which the connection began has the window and the round trip. */
  private void lookAtPath(Future<? super QuicConnectionStats> stats) {
    channel
        .parent()
        .collectPathStats(0)
        .addListener((Future<? super QuicConnectionPathStats> path) -> judge(stats, path));
  }

  private void judge(
      Future<? super QuicConnectionStats> stats, Future<? super QuicConnectionPathStats> paths) {
    looking = false;
    if (!(stats.getNow() instanceof QuicConnectionStats connection)
        || !(paths.getNow() instanceof QuicConnectionPathStats path)) {
      return; // the connection has ended, and tells the stream
    }
    boolean safe = seemAcknowledged(at(connection, path), path.rtt());
    Runnable fin = writeFin;
    if (fin != null) {
      if (safe || lookedNanos >= AT_MOST_NANOS) {
        writeFin = null;
        queue.leave(bytes);
        fin.run();
      } else {
        looking = true;
        lookNanos = Math.max(LOOK_NANOS, path.rtt() / 4);
        channel.eventLoop().schedule(this::look, lookNanos, TimeUnit.NANOSECONDS);
      }
    }
  }

  private Look at(QuicConnectionStats connection, QuicConnectionPathStats path) {
    long now = System.nanoTime();
    lookedNanos += Math.min(now - lastNanos, 2 * lookNanos);
    lastNanos = now;
    return new Look(
        lookedNanos,
        channel.bytesBeforeUnwritable(),
        path.cwnd(),
        connection.sent(),
        connection.sentBytes(),
        connection.recv(),
        connection.lost(),
        connection.streamRetransBytes());
  }

  private boolean seemAcknowledged(Look now, long roundTripNanos) {
    Look before = last;
    last = now;
    Look unsent = unsentSince;
    if (unsent == null || now.sent != unsent.sent) {
      unsentSince = now;
      unsent = now;
    }
    Look silent = silentSince;
    if (silent == null || now.sent != silent.sent || now.received != silent.received) {
      silentSince = now;
      silent = now;
    }
    if (before == null) {
      return false;
    }
    Look left = leftAt;
    if (left != null && now.losesMoreThan(left)) {
      left = null; // what was lost is to be sent again
      firstSince = null;
    }
    boolean seenToLeave = left == null && haveLeft(now, before);
    if (now.whole()) {
      boolean neverLost = now.lost == 0 && now.sentAgain == 0;
      if (now.sent == before.sent && !before.whole()
          || left != null && fresh(now, before)
          || seenToLeave && neverLost) {
        return true;
      }
    }
    if (seenToLeave) {
      left = now;
      seenOpen = false;
      sentBytesBefore = before.sentBytes;
    }
    leftAt = left;
    seenOpen |= left != null && !now.whole();
    long probed = PROBED_NANOS + PROBED_ROUND_TRIPS * roundTripNanos;
    boolean answered = now.received > unsent.received;
    return now.nanos - silent.nanos >= (answered ? probed : 4 * probed) // the next waits twice
        || left != null && now.nanos - left.nanos >= UNLOST_NANOS + 8 * roundTripNanos;
  }

  /**
   * Whether the window that looks whole became so after the bytes had left: it was seen open since,
   * or a packet came, and too little was sent for the window to be full, when the room is not told.
   */
  private boolean fresh(Look now, Look before) {
    return seenOpen
        || now.received > before.received && now.sentBytes - sentBytesBefore < now.window / 2;
  }

  private boolean haveLeft(Look now, Look before) {
    // Another room is that of a packet received since; had anything been kept, it would be used up.
    if (now.room != before.room
        && now.received > before.received
        && now.sentBytes - before.sentBytes < now.room / 2
        && !now.losesMoreThan(before)) {
      return true;
    }
    if (writeFin == null) {
      return false;
    }
    Look first = firstSince;
    if (first == null || now.losesMoreThan(first)) {
      firstSince = now;
      return false;
    }
    long sent =
        now.sentBytes - first.sentBytes - ACKNOWLEDGEMENT_BYTES * (now.received - first.received);
    return sent >= SENT_PER_BYTE * queue.bytesAhead(place) + SENT_ANYWAY_BYTES;
  }
}

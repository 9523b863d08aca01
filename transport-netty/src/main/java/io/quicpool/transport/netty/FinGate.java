package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicConnectionPathStats;
import io.netty.incubator.codec.quic.QuicConnectionStats;
import io.netty.incubator.codec.quic.QuicStreamChannel;
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
 * <p>The codec does not tell what was acknowledged, so this is worked out from its numbers, at one
 * look after the other. Any of these is a sign:
 *
 * <ul>
 *   <li>the congestion window is whole again, by a packet that was received after a look, and
 *       nothing was sent since that look;
 *   <li>it is whole again, at an earlier look a part of it was taken and enough left that no byte
 *       can have waited for room, and no packet of the connection was ever lost;
 *   <li>for so long nothing was sent or received that a packet without an answer would have been
 *       followed by a probe (RFC 9002, section 6.2), also by a second one if nothing was received
 *       after the last that was sent;
 *   <li>on a connection that is never still: for a second and some round trips no packet was lost
 *       and nothing sent again.
 * </ul>
 *
 * <p>No sign is waited for longer than a few seconds. What is in flight is no sign: the codec tells
 * of a window that is wide open while it probes, and keeps an old number while it is shut.
 *
 * <p>Confined to the event loop.
 */
final class FinGate {
  private static final long PROBED_NANOS = TimeUnit.MILLISECONDS.toNanos(75);
  private static final long UNLOST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long AT_MOST_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Of the window; the room that is told leaves out the headers of what is written. */
  private static final int LEAST_PART_LEFT = 8;

  /** What the connection had sent, received and lost at one look, on whatever path. */
  private record Look(long nanos, long sent, long received, long lost, long sentAgain) {

    static Look at(QuicConnectionStats connection) {
      return new Look(
          System.nanoTime(),
          connection.sent(),
          connection.recv(),
          connection.lost(),
          connection.streamRetransBytes());
    }

    boolean same(Look other) {
      return sent == other.sent && received == other.received;
    }
  }

  private final QuicStreamChannel channel;
  private final long startNanos = System.nanoTime();
  private @Nullable Runnable writeFin;
  private boolean looking = true;
  private @Nullable Look last;
  private @Nullable Look unlostSince;
  private @Nullable Look unsentSince;
  private @Nullable Look silentSince;
  private boolean windowTakenInPart; // at a look since the last loss

  /** Made when the codec has taken bytes behind which a FIN may come alone. */
  FinGate(QuicStreamChannel channel) {
    this.channel = channel;
    // In a task of its own: within the codec's read loop nothing is sent, only queued.
    channel.eventLoop().execute(this::look);
  }

  /** No byte came after those: the FIN is to be written as soon as it is safe. */
  void open(Runnable fin) {
    writeFin = fin;
    if (!looking) {
      looking = true;
      look();
    }
  }

  private void look() {
    if (channel.isActive()) {
      channel.parent().collectStats().addListener(this::lookAtPath);
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
    boolean safe = seemsAcknowledged(Look.at(connection), path);
    Runnable fin = writeFin;
    if (fin != null) {
      if (safe || System.nanoTime() - startNanos >= AT_MOST_NANOS) {
        writeFin = null;
        fin.run();
      } else {
        looking = true;
        channel
            .eventLoop()
            .schedule(this::look, Math.max(LOOK_NANOS, path.rtt() / 4), TimeUnit.NANOSECONDS);
      }
    }
  }

  private boolean seemsAcknowledged(Look now, QuicConnectionPathStats path) {
    Look before = last;
    last = now;
    Look unlost = unlostSince;
    if (unlost == null || now.lost != unlost.lost || now.sentAgain != unlost.sentAgain) {
      unlostSince = now;
      unlost = now;
      windowTakenInPart = false;
    }
    Look unsent = unsentSince;
    if (unsent == null || now.sent != unsent.sent) {
      unsentSince = now;
      unsent = now;
    }
    Look silent = silentSince;
    if (silent == null || !now.same(silent)) {
      silentSince = now;
      silent = now;
    }
    // The codec asks for the room when bytes are written, and when a packet was received.
    long room = channel.bytesBeforeUnwritable();
    long window = path.cwnd();
    if (room == window) {
      boolean nothingUnderWay =
          before != null && now.sent == before.sent && now.received > before.received;
      if (nothingUnderWay || windowTakenInPart && now.lost == 0 && now.sentAgain == 0) {
        return true;
      }
    } else {
      windowTakenInPart |= room >= window / LEAST_PART_LEFT;
    }
    long probed = PROBED_NANOS + 3 * path.rtt();
    boolean answered = now.received > unsent.received;
    return now.nanos - silent.nanos >= (answered ? probed : 4 * probed) // the next waits twice
        || now.nanos - unlost.nanos >= UNLOST_NANOS + 8 * path.rtt();
  }
}

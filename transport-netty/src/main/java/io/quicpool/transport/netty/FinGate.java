package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicConnectionPathStats;
import io.netty.incubator.codec.quic.QuicConnectionStats;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamPriority;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds back the FIN of a stream whose bytes were all written before, until they are acknowledged
 * (N1), as {@link FinSigns} has it.
 *
 * <p>quiche takes a stream for complete as soon as its final size is known and every byte up to it
 * is acknowledged, whether or not the FIN itself has left or arrived; if its input has ended too,
 * the acknowledgement of the bytes then throws the stream away, and the FIN with it. A FIN that is
 * queued <em>after</em> the last acknowledgement is safe, also when its packet is lost: nothing is
 * left whose acknowledgement could end the stream.
 *
 * <p>No FIN is held back for longer than some seconds, and then leaves as it may.
 *
 * <p>Confined to the event loop.
 */
final class FinGate {
  private static final long AT_MOST_LOOKED_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long AT_MOST_NANOS = TimeUnit.SECONDS.toNanos(15);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LOOK_LATER_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LATER_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** What a look counts for, at most, if it comes late. */
  private static final long LOOKED_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

  private final QuicStreamChannel channel;
  private final FinQueue queue;
  private final long writtenBytes;
  private final FinSigns signs = new FinSigns();
  private @Nullable Runnable writeFin;
  private FinQueue.@Nullable Place place; // while the FIN waits
  private long openedNanos;
  private boolean looking = true;
  private long lookNanos = LOOK_NANOS; // until the next look
  private long lastNanos = System.nanoTime();
  private long lookedNanos;

  /** Made when the codec has taken bytes behind which a FIN may come alone. */
  FinGate(QuicStreamChannel channel, FinQueue queue, long writtenBytes) {
    this.channel = channel;
    this.queue = queue;
    this.writtenBytes = writtenBytes;
    // In a task of its own: within the codec's read loop nothing is sent, only queued.
    channel.eventLoop().execute(this::look);
  }

  /** No byte came after those: the FIN is to be written as soon as it is safe. */
  void open(Runnable fin) {
    writeFin = fin;
    openedNanos = System.nanoTime();
    if (!looking) {
      looking = true;
      look();
    }
  }

  private void look() {
    if (channel.isActive()) {
      channel.parent().collectStats().addListener(this::lookAtPath);
    } else {
      leaveQueue();
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
    Runnable fin = writeFin;
    if (stats.getNow() instanceof QuicConnectionStats connection
        && paths.getNow() instanceof QuicConnectionPathStats path) {
      FinQueue.Place here = place;
      boolean safe =
          signs.acknowledged(numbers(connection, path), here == null ? 0 : here.bytesAhead());
      if (fin != null && (safe || isOverdue())) {
        writeFin = null;
        leaveQueue();
        fin.run();
        return;
      }
      lookNanos = Math.max(untilNextLook(), path.rtt() / 4);
    }
    if (fin != null) {
      goFirst();
      looking = true;
      channel.eventLoop().schedule(this::look, lookNanos, TimeUnit.NANOSECONDS);
    }
  }

  private FinSigns.Look numbers(QuicConnectionStats connection, QuicConnectionPathStats path) {
    long now = System.nanoTime();
    lookedNanos += Math.min(now - lastNanos, Math.max(2 * lookNanos, LOOKED_NANOS));
    lastNanos = now;
    return new FinSigns.Look(
        now,
        lookedNanos,
        path.active(),
        path.rtt(),
        channel.bytesBeforeUnwritable(),
        path.cwnd(),
        connection.sent(),
        connection.sentBytes(),
        connection.recv(),
        connection.lost(),
        connection.streamRetransBytes());
  }

  private boolean isOverdue() {
    return lookedNanos >= AT_MOST_LOOKED_NANOS || System.nanoTime() - openedNanos >= AT_MOST_NANOS;
  }

  private long untilNextLook() {
    return System.nanoTime() - openedNanos < LATER_NANOS ? LOOK_NANOS : LOOK_LATER_NANOS;
  }

  private void goFirst() {
    if (place == null) {
      FinQueue.Place taken = queue.join(writtenBytes);
      place = taken;
      channel.updatePriority(new QuicStreamPriority(taken.urgency(), true));
    }
  }

  private void leaveQueue() {
    if (place != null) {
      place = null;
      queue.leave(writtenBytes);
    }
  }
}

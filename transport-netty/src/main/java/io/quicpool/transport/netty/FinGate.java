package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicConnectionPathStats;
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
 * <p>The codec does not tell what was acknowledged, so this is worked out. Certain: between two
 * looks something was received and nothing sent, and the whole congestion window is free, so
 * nothing is in flight. Otherwise it is time: enough for a few round trips and for what may wait
 * before these bytes to pass through the congestion window, much more if packets were lost. While
 * the window is full the FIN waits as well.
 *
 * <p>Confined to the event loop.
 */
final class FinGate {
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LOSSY_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
  private static final long AT_MOST_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long BACKLOG_BYTES = 128 * 1024;
  private static final long FRAME_BYTES = 64;
  private static final long LEAST_WINDOW_BYTES = 2_400;

  private final QuicStreamChannel channel;
  private final long startNanos = System.nanoTime();
  private @Nullable Runnable writeFin;
  private boolean looking;
  private long lostBefore = -1;
  private long receivedBefore = Long.MAX_VALUE;
  private long sentBefore;

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
      look();
    }
  }

  private void look() {
    if (channel.isActive()) {
      channel.parent().collectPathStats(0).addListener(this::judge);
    }
  }

  private void judge(Future<? super QuicConnectionPathStats> future) {
    looking = false;
    if (!future.isSuccess()) {
      return; // the connection has ended, and tells the stream
    }
    QuicConnectionPathStats path = (QuicConnectionPathStats) future.getNow();
    Runnable fin = writeFin;
    if (fin != null && (nothingInFlight(path) || waitedEnough(path))) {
      fin.run();
      return;
    }
    if (lostBefore < 0) {
      lostBefore = path.lost();
    }
    receivedBefore = path.recv();
    sentBefore = path.sent();
    if (fin != null) {
      looking = true;
      channel
          .eventLoop()
          .schedule(this::look, Math.max(LOOK_NANOS, path.rtt() / 4), TimeUnit.NANOSECONDS);
    }
  }

  private boolean nothingInFlight(QuicConnectionPathStats path) {
    return path.lost() == lostBefore
        && path.recv() > receivedBefore
        && path.sent() == sentBefore
        && channel.bytesBeforeUnwritable() == path.cwnd();
  }

  private boolean waitedEnough(QuicConnectionPathStats path) {
    long waited = System.nanoTime() - startNanos;
    if (waited >= AT_MOST_NANOS) {
      return true;
    }
    if (channel.bytesBeforeUnwritable() < FRAME_BYTES) {
      return false;
    }
    long backlogNanos = path.rtt() * BACKLOG_BYTES / Math.max(LEAST_WINDOW_BYTES, path.cwnd());
    return path.lost() == lostBefore
        ? waited >= QUIET_NANOS + 3 * path.rtt() + backlogNanos
        : waited >= LOSSY_NANOS + 8 * path.rtt() + 3 * backlogNanos;
  }
}

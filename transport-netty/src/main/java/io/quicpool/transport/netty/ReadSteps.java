package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How much is read from the streams of one connection before the codec sends again.
 *
 * <p>quiche raises the connection's limit (MAX_DATA, RFC 9000, section 4.1) when less than half of
 * its window is left. A limit that is lost on the way it sends again only if something was read
 * since; and a peer that stands at the old limit sends nothing that could be (N20). So what is here
 * is read in steps shorter than that half, with the limit sent between them: after the one that
 * made it send there is always another. And while the limit is being raised, packets that have to
 * be acknowledged follow it, or its loss would be seen only by a timeout, in which the peer uses up
 * what it has.
 *
 * <p>Of the streams, hands out the buffers that they read into. Confined to the event loop.
 */
final class ReadSteps extends AdaptiveRecvByteBufAllocator {
  /** Of quiche's window once the first limit is used up; it only grows from there. */
  private static final long LEAST_WINDOW_BYTES = 48 * 1024;

  private static final int PARTS = 4; // of a step, after each of which a packet follows

  /**
   * Of such packets one after the other, behind which there is a pause between two. They are for
   * more than a small window, which is in danger; a large one is refilled long before it is used
   * up, and more of them cost a tenth of the throughput.
   */
  private static final int BURST = 32;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Beyond the first limit: until then the window is small, however fast what comes is. */
  private static final long BEFORE_PAUSES_BYTES = 4 << 20;

  private static final int LEAST_READ_BYTES = 64; // what is told to be there has to be read

  private final ScheduledExecutorService loop;
  private final Runnable elicit;
  private final long raisingFrom;
  private final int stepBytes;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(1); // as a rule nothing waits
  private long left; // of the step; the first one ends where the limit begins to be raised
  private long read;
  private long elicitedAt;
  private boolean nextPlanned;
  private int burst; // packets since nothing was read in a pause
  private boolean pausing;

  /**
   * @param loop whose tasks run after what was received before them is answered
   * @param limit of the connection, in bytes, as first told to the peer
   * @param elicit sends a packet that the peer has to acknowledge
   */
  ReadSteps(ScheduledExecutorService loop, long limit, Runnable elicit) {
    super(512, 2048, 32 * 1024);
    maxMessagesPerRead(4);
    this.loop = loop;
    this.elicit = elicit;
    this.stepBytes = stepBytes(limit);
    this.raisingFrom = Math.max(0, limit - 3L * stepBytes);
    this.left = raisingFrom + stepBytes;
  }

  /** A third of the window, which begins as half as much again as the limit. */
  static int stepBytes(long limit) {
    return (int) (Math.min(limit + limit / 2, LEAST_WINDOW_BYTES) / 3);
  }

  /** Reads now, or in the next step. */
  void read(Runnable read) {
    if (left > 0) {
      read.run();
    } else {
      waiting.add(read);
    }
  }

  private void taken(int bytes) {
    left = Math.max(0, left - bytes);
    read += bytes;
    if (read >= raisingFrom && !nextPlanned) {
      try {
        loop.execute(this::next);
        nextPlanned = true;
      } catch (RejectedExecutionException e) { // the endpoint is being closed: nothing is sent
        left = stepBytes;
      }
    }
  }

  private void next() {
    nextPlanned = false;
    left = stepBytes;
    elicitIfDue();
    for (int count = waiting.size(); count > 0 && left > 0; count--) {
      waiting.remove().run();
    }
  }

  /** Whether it was. */
  private boolean elicitIfDue() {
    if (pausing || read - elicitedAt < stepBytes / PARTS) {
      return false;
    }
    elicitedAt = read;
    elicit.run();
    burst++;
    if (burst >= BURST && read >= raisingFrom + BEFORE_PAUSES_BYTES) {
      pause();
    }
    return true;
  }

  private void pause() {
    try {
      loop.schedule(this::endPause, PAUSE_NANOS, TimeUnit.NANOSECONDS);
      pausing = true;
    } catch (RejectedExecutionException e) {
      // The endpoint is being closed: no packet follows any more.
    }
  }

  private void endPause() {
    pausing = false;
    if (!elicitIfDue()) { // for what was read meanwhile
      burst = 0;
    }
  }

  @Override
  @SuppressWarnings("deprecation") // the base class has no other way
  public Handle newHandle() {
    return new StepHandle((ExtendedHandle) super.newHandle());
  }

  private final class StepHandle extends PermittedReads {
    StepHandle(ExtendedHandle handle) {
      super(handle, () -> left > 0);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return allocator.ioBuffer(guess());
    }

    @Override
    public int guess() {
      return (int) Math.min(super.guess(), Math.max(left, LEAST_READ_BYTES));
    }

    @Override
    public void lastBytesRead(int bytes) {
      super.lastBytesRead(bytes);
      if (bytes > 0) {
        taken(bytes);
      }
    }
  }
}

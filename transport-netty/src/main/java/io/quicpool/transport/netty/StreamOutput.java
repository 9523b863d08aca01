package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.incubator.codec.quic.DefaultQuicStreamFrame;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamFrame;
import io.netty.util.concurrent.Future;
import io.quicpool.StreamTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What is to be sent on a stream and the codec has not taken yet.
 *
 * <p>One writer puts in and waits while too much is here; the event loop takes out and keeps one
 * write in the codec's own queue at a time. That has three reasons: the FIN joins bytes that are
 * still here, however short before the output was ended (N1); it is always a write behind the bytes
 * and never the codec's shutdownOutput, which passes by what is queued (N2); and a STOP_SENDING,
 * which the codec tells of only through a write that waits, is seen (N10).
 *
 * <p>{@code lock} protects the fields that are marked, and is held only for moments; the others
 * belong to the event loop.
 */
final class StreamOutput {
  private static final int FULL_BYTES = 256 * 1024;
  private static final int SLICE_BYTES = 64 * 1024;
  private static final int SMALL_BYTES = 1024;

  /** So long a writer waits for much room, to be woken once for it, and then for any. */
  private static final long BRIEF_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /**
   * Of a write that will wait in the codec for room, which the peer has to make within the timeout.
   * Smaller ones would cost more calls of the codec.
   */
  private static final int WAITING_BYTES = 4 * 1024;

  private final QuicStreamChannel channel;
  private final long streamId;
  private final WriteStall stall;
  private final FinQueue fins;
  private final Runnable firstSent;
  private final Runnable finSent;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>(); // guarded by lock
  private int pendingBytes; // guarded by lock: queued or in the codec's hands
  private long takenBytes; // guarded by lock
  private long takenNanos = System.nanoTime(); // guarded by lock: when the last were
  private boolean anyRoomWakes; // guarded by lock: the writer, else half of the room does
  private boolean finQueued; // guarded by lock
  private boolean drainPlanned; // guarded by lock
  private @Nullable StreamFailure failure; // guarded by lock
  private boolean writing;
  private boolean draining;
  private boolean finStarted;
  private boolean drainedOnce;
  private @Nullable FinGate gate;

  /**
   * Without a byte.
   *
   * @param firstSent run on the event loop, once, when the first bytes were handed to the codec
   * @param finSent run there when the FIN was, or there is none any more
   */
  StreamOutput(
      QuicStreamChannel channel,
      WriteStall stall,
      FinQueue fins,
      Runnable firstSent,
      Runnable finSent) {
    this.channel = channel;
    this.stall = stall;
    this.fins = fins;
    this.streamId = channel.streamId();
    this.firstSent = firstSent;
    this.finSent = finSent;
  }

  // On the writer's thread.

  void send(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
      throws IOException {
    try {
      boolean submit;
      lock.lockInterruptibly();
      try {
        int done = 0;
        while (done < length) {
          awaitRoom(timeoutNanos);
          int step = Math.min(Math.min(length - done, FULL_BYTES - pendingBytes), SLICE_BYTES);
          queue.add(copy(source, offset + done, step));
          pendingBytes += step;
          done += step;
          finQueued = fin && done == length;
          if (done < length && planDrain()) { // or nobody would make room
            submitDrain();
          }
        }
        if (length == 0 && fin) {
          checkUp();
          finQueued = true;
        }
        submit = (length > 0 || fin) && planDrain();
      } finally {
        lock.unlock();
      }
      if (submit) { // without the lock, at which the event loop would wait as soon as it wakes
        submitDrain();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting to write stream " + streamId);
    }
  }

  private void checkUp() throws IOException {
    StreamFailure cause = failure;
    if (cause != null) {
      throw cause.of("write", streamId);
    }
  }

  private void awaitRoom(long timeoutNanos) throws IOException, InterruptedException {
    checkUp();
    if (pendingBytes < FULL_BYTES) {
      return;
    }
    long start = System.nanoTime();
    try {
      for (long wait = Math.min(timeoutNanos, BRIEF_NANOS); ; ) {
        changed.awaitNanos(wait);
        checkUp();
        if (pendingBytes < FULL_BYTES) {
          return;
        }
        long now = System.nanoTime();
        wait = timeoutNanos - Math.min(now - start, now - takenNanos); // anew with each progress
        if (wait <= 0) {
          stall.timedOut();
          throw new StreamTimeoutException("write", streamId, Duration.ofNanos(timeoutNanos));
        }
        anyRoomWakes = true;
      }
    } finally {
      anyRoomWakes = false;
    }
  }

  /** Little is copied once more by the codec, from the event loop's own cache of buffers. */
  private ByteBuf copy(byte[] source, int offset, int length) {
    return length <= SMALL_BYTES
        ? Unpooled.wrappedBuffer(Arrays.copyOfRange(source, offset, offset + length))
        : channel.alloc().directBuffer(length).writeBytes(source, offset, length);
  }

  /** Whether the event loop is to be asked to drain, which it was not yet. */
  private boolean planDrain() {
    boolean planned = drainPlanned;
    drainPlanned = true;
    return !planned;
  }

  private void submitDrain() {
    try {
      channel.eventLoop().execute(this::drain);
    } catch (RejectedExecutionException e) {
      fail(StreamFailure.here("its endpoint was closed"));
    }
  }

  // On any thread.

  void fail(StreamFailure cause) {
    lock.lock();
    try {
      endLocked(cause);
    } finally {
      lock.unlock();
    }
  }

  private void endLocked(StreamFailure cause) {
    if (failure == null) {
      failure = cause;
    }
    queue.forEach(ByteBuf::release);
    queue.clear();
    changed.signal();
  }

  // On the event loop.

  private void drain() {
    lock.lock();
    try {
      drainPlanned = false;
    } finally {
      lock.unlock();
    }
    pump();
    if (!drainedOnce) {
      drainedOnce = true;
      firstSent.run();
    }
  }

  private void pump() {
    if (draining) {
      return; // called from within a write that ended at once
    }
    draining = true;
    try {
      while (!writing && step()) {}
    } finally {
      draining = false;
    }
  }

  /** Hands the next bytes, or the FIN, to the codec. False if there is nothing to hand over. */
  private boolean step() {
    ByteBuf piece = null;
    boolean fin;
    lock.lock();
    try {
      if (failure != null) {
        return false;
      }
      ByteBuf first = queue.peek();
      if (first != null) {
        int size = sizeOfNextLocked(first.readableBytes());
        piece = size == first.readableBytes() ? queue.remove() : first.readRetainedSlice(size);
      }
      fin = finQueued && !finStarted && queue.isEmpty();
    } finally {
      lock.unlock();
    }
    finStarted |= fin;
    if (piece != null) {
      write(fin ? new DefaultQuicStreamFrame(piece, true) : piece, piece.readableBytes(), fin);
      return true;
    }
    if (fin) {
      FinGate sinceLastBytes = gate;
      if (sinceLastBytes == null || !channel.isInputShutdown()) {
        writeFin(); // with nothing sent, or input still open, quiche keeps the stream
      } else {
        sinceLastBytes.open(this::writeFin);
      }
    }
    return false;
  }

  /**
   * Of what will have to wait the last bytes stay here while those before them do, and are joined
   * by a FIN that comes meanwhile.
   */
  private int sizeOfNextLocked(int size) {
    long room = channel.bytesBeforeUnwritable();
    if (size <= room) {
      return size;
    }
    int waiting = (int) Math.min(size, Math.max(room, WAITING_BYTES));
    boolean isLast = waiting == size && queue.size() == 1 && !finQueued;
    return isLast && size > SMALL_BYTES ? size - SMALL_BYTES : waiting;
  }

  private void writeFin() {
    write(QuicStreamFrame.EMPTY_FIN, 0, true);
  }

  private void write(Object message, int bytes, boolean fin) {
    writing = true;
    ChannelFuture write = channel.write(message);
    if (!write.isDone() && channel.bytesBeforeUnwritable() > 0) {
      // It waits though there is room: quiche has no such stream any more, because the peer asked
      // to stop sending and everything else was over. The codec would keep it waiting (N16).
      end(StreamFailure.stoppedByPeer());
    } else {
      write.addListener(future -> written(future, bytes, fin));
    }
  }

  private void written(Future<?> write, int bytes, boolean fin) {
    boolean allTaken;
    long taken;
    writing = false;
    if (write.isSuccess() && bytes > 0) {
      stall.progressed();
    }
    lock.lock();
    try {
      pendingBytes -= bytes;
      allTaken = pendingBytes == 0;
      if (write.isSuccess()) {
        takenBytes += bytes;
        takenNanos = System.nanoTime();
      }
      taken = takenBytes;
      if (anyRoomWakes || pendingBytes <= FULL_BYTES / 2) {
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
    Throwable cause = write.cause();
    if (cause != null) {
      refused(cause);
    } else if (fin) {
      finSent.run();
    } else {
      gate = allTaken ? new FinGate(channel, fins, taken) : null;
      pump();
    }
  }

  private void refused(Throwable cause) {
    if (cause instanceof ChannelOutputShutdownException) {
      end(StreamFailure.stoppedByPeer());
    } else if (cause instanceof ClosedChannelException && !channel.parent().isOpen()) {
      // The connection tells its streams why it ended, in a moment.
    } else {
      end(StreamFailure.here("netty refused a write: " + cause));
    }
  }

  /** Nothing is sent any more, nor is there a FIN whose delivery could be waited for. */
  private void end(StreamFailure cause) {
    fail(cause);
    finSent.run();
  }
}

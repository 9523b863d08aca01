package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.quicpool.StreamTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a stream received and nobody has read yet.
 *
 * <p>The event loop puts in, one reader takes out. The channel reads only on demand, so that a slow
 * reader holds back the peer through flow control and no more than a little is kept here. Bytes are
 * copied to the heap at once: a stream that nobody reads to its end then leaks no pooled buffer.
 *
 * <p>{@code lock} protects every field, and is held only for moments.
 */
final class StreamInput {
  private static final int ENOUGH_BYTES = 64 * 1024;

  private final QuicStreamChannel channel;
  private final long streamId;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<byte[]> chunks = new ArrayDeque<>();
  private int taken; // of the first chunk
  private int buffered; // and the reader's to take
  private int arrived; // and not the reader's yet
  private boolean publishPlanned;
  private boolean reading; // the channel was asked for more
  private boolean finished;
  private @Nullable StreamFailure failure;

  StreamInput(QuicStreamChannel channel) {
    this.channel = channel;
    this.streamId = channel.streamId();
  }

  // On the event loop.

  void received(ByteBuf bytes) {
    byte[] chunk = new byte[bytes.readableBytes()];
    bytes.readBytes(chunk);
    lock.lock();
    try {
      if (failure == null && chunk.length > 0) {
        chunks.add(chunk);
        arrived += chunk.length;
        if (!channel.isInputShutdown()) { // else its end was read too, and follows at once
          publishSoon();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * In a task of its own, which comes after the end if that came with the last bytes: the reader
   * then sees both at once, and all that was read from the socket at once. One that saw bytes
   * without their end would send its reply before it knows that it is all, and the FIN alone (N1).
   */
  private void publishSoon() {
    if (!publishPlanned) {
      try {
        channel.eventLoop().execute(this::publishArrived);
        publishPlanned = true;
      } catch (RejectedExecutionException e) { // the endpoint is being closed
        publish();
      }
    }
  }

  private void publishArrived() {
    lock.lock();
    try {
      publishPlanned = false;
      publish();
    } finally {
      lock.unlock();
    }
  }

  private void publish() {
    buffered += arrived;
    arrived = 0;
    changed.signal();
  }

  /** The channel has delivered what it was asked for, or is to be asked for the first time. */
  void readComplete(ReadSteps steps) {
    boolean more;
    lock.lock();
    try {
      reading = false;
      more = wantsMore();
    } finally {
      lock.unlock();
    }
    if (more) {
      steps.read(channel::read);
    }
  }

  void finish() {
    lock.lock();
    try {
      finished = true;
      publish();
    } finally {
      lock.unlock();
    }
  }

  /** What came before a failure is still given to the reader. */
  void fail(StreamFailure cause) {
    end(cause, false);
  }

  // On any thread.

  /** Nobody wants the rest: it is thrown away, also what is still to come. */
  void discard(StreamFailure cause) {
    end(cause, true);
  }

  private void end(StreamFailure cause, boolean discard) {
    lock.lock();
    try {
      if (discard) {
        chunks.clear();
        buffered = 0;
        arrived = 0;
        taken = 0;
        finished = false;
      }
      if (failure == null || discard) {
        failure = cause;
      }
      publish();
    } finally {
      lock.unlock();
    }
  }

  /** How many bytes are here, or -1 if there are none and the input has ended. */
  int available() {
    lock.lock();
    try {
      return buffered == 0 && finished ? -1 : buffered;
    } finally {
      lock.unlock();
    }
  }

  int receive(byte[] target, int offset, int length, long timeoutNanos) throws IOException {
    int count;
    boolean more;
    try {
      lock.lockInterruptibly();
      try {
        if (!awaitSomething(timeoutNanos)) {
          return -1;
        }
        count = take(target, offset, length);
        more = wantsMore();
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting to read stream " + streamId);
    }
    if (more) {
      channel.read();
    }
    return count;
  }

  /** False at the end of the input. */
  private boolean awaitSomething(long timeoutNanos) throws IOException, InterruptedException {
    long left = timeoutNanos;
    while (buffered == 0) {
      if (finished) {
        return false;
      }
      StreamFailure cause = failure;
      if (cause != null) {
        throw cause.of("read", streamId);
      }
      if (left <= 0) {
        throw new StreamTimeoutException("read", streamId, Duration.ofNanos(timeoutNanos));
      }
      left = changed.awaitNanos(left);
    }
    return true;
  }

  private int take(byte[] target, int offset, int length) {
    int count = 0;
    while (count < length && buffered > 0) {
      byte[] chunk = chunks.element();
      int step = Math.min(length - count, chunk.length - taken);
      System.arraycopy(chunk, taken, target, offset + count, step);
      count += step;
      taken += step;
      buffered -= step;
      if (taken == chunk.length) {
        chunks.remove();
        taken = 0;
      }
    }
    return count;
  }

  private boolean wantsMore() {
    boolean more = !reading && !finished && buffered + arrived < ENOUGH_BYTES;
    reading |= more;
    return more;
  }
}

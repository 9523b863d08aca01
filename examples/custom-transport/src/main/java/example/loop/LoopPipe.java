package example.loop;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One direction of a stream: what was written and not yet read, as much as the reader's window
 * holds. Its lock protects everything in it; that it is over is told without the lock.
 */
final class LoopPipe {
  private final long id;
  private final long windowBytes;
  private final Runnable over;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private int taken; // of the first chunk
  private long bytes;
  private boolean fin;
  private OptionalLong reset = OptionalLong.empty();
  private OptionalLong stop = OptionalLong.empty();
  private boolean told;

  LoopPipe(long id, long windowBytes, Runnable over) {
    this.id = id;
    this.windowBytes = windowBytes;
    this.over = over;
  }

  void send(
      byte[] source, int offset, int length, boolean last, long patience, LoopConnection writer)
      throws IOException {
    int sent = 0;
    lock.lock();
    try {
      long left = patience;
      while (true) {
        Optional<ConnectionLostException> lost = writer.lost();
        if (lost.isPresent()) {
          throw lost.get();
        }
        failIf(stop, "the peer asked to stop sending on stream ");
        failIf(reset, "this side reset stream ");
        int count = (int) Math.min(length - sent, windowBytes - bytes);
        if (count > 0) {
          chunks.add(Arrays.copyOfRange(source, offset + sent, offset + sent + count));
          bytes += count;
          sent += count;
          left = patience;
          changed.signalAll();
        }
        if (sent == length) {
          fin |= last;
          changed.signalAll();
          break;
        }
        if (left <= 0) {
          throw new StreamTimeoutException("write", id, Duration.ofNanos(patience));
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
    tellIfOver();
  }

  int receive(byte[] target, int offset, int length, long patience, LoopConnection reader)
      throws IOException {
    int count = 0;
    lock.lock();
    try {
      long left = patience;
      while (count == 0) {
        Optional<ConnectionLostException> lost = reader.lost();
        if (lost.isPresent() && lost.get().reason().kind() == CloseReason.Kind.LOCAL) {
          throw lost.get(); // who closes reads no more, not even what is there
        }
        failIf(stop, "this side closed the input of stream ");
        failIf(reset, "the peer reset stream ");
        if (bytes > 0) {
          count = take(target, offset, length);
          changed.signalAll();
        } else if (fin) {
          count = -1;
        } else if (lost.isPresent()) {
          throw lost.get();
        } else if (left <= 0) {
          throw new StreamTimeoutException("read", id, Duration.ofNanos(patience));
        } else {
          left = changed.awaitNanos(left);
        }
      }
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
    tellIfOver();
    return count;
  }

  private int take(byte[] target, int offset, int length) {
    int count = 0;
    while (count < length && !chunks.isEmpty()) {
      byte[] first = chunks.element();
      int part = Math.min(length - count, first.length - taken);
      System.arraycopy(first, taken, target, offset + count, part);
      count += part;
      taken += part;
      if (taken == first.length) {
        chunks.remove();
        taken = 0;
      }
    }
    bytes -= count;
    return count;
  }

  int receivable() {
    lock.lock();
    try {
      if (stop.isPresent() || reset.isPresent()) {
        return 0;
      }
      return bytes == 0 && fin ? -1 : (int) Math.min(bytes, Integer.MAX_VALUE);
    } finally {
      lock.unlock();
    }
  }

  /** RESET_STREAM: what was not read is lost. */
  void reset(long code) {
    end(() -> reset = OptionalLong.of(code));
  }

  /** STOP_SENDING. */
  void stop(long code) {
    end(() -> stop = OptionalLong.of(code));
  }

  private void end(Runnable change) {
    lock.lock();
    try {
      change.run();
      chunks.clear();
      taken = 0;
      bytes = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    tellIfOver();
  }

  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void tellIfOver() {
    lock.lock();
    try {
      boolean isOver = (fin && bytes == 0) || reset.isPresent() || stop.isPresent();
      if (told || !isOver) {
        return;
      }
      told = true;
    } finally {
      lock.unlock();
    }
    over.run();
  }

  private void failIf(OptionalLong code, String what) throws StreamResetException {
    if (code.isPresent()) {
      throw new StreamResetException(
          what + id + " with code " + code.getAsLong(), code.getAsLong());
    }
  }

  private InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while waiting on stream " + id);
  }
}

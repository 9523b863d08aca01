package io.quicpool.testkit;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.PoolTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a stream in memory: bytes sent and not yet read fill the receiver's window, and
 * who sends more waits. Everything is guarded by the link's lock.
 */
final class MemoryPipe {

  /** Why a side can go on no longer; null while it can. */
  interface Ended {
    @Nullable CloseReason reason();
  }

  /** Who has to know; called with the link's lock. */
  interface Events {
    /** Something is about to be carried to the other side. */
    void announce();

    /** A state changed. */
    void changed();
  }

  private final long id;
  private final MemoryLink link;
  private final long windowBytes;
  private final boolean interruptible;
  private final boolean tellsCodes;
  private final Events events;
  private final Condition changed;

  private long outstanding; // sent and not yet read
  private boolean finSent;
  private boolean resetSent;
  private OptionalLong stopArrived = OptionalLong.empty();

  private final Deque<byte[]> arrived = new ArrayDeque<>();
  private int headOffset;
  private int arrivedBytes;
  private boolean finArrived;
  private boolean stopSent;
  private OptionalLong resetArrived = OptionalLong.empty();

  MemoryPipe(
      long id,
      MemoryLink link,
      long windowBytes,
      boolean interruptible,
      boolean tellsCodes,
      Events events) {
    this.id = id;
    this.link = link;
    this.windowBytes = windowBytes;
    this.interruptible = interruptible;
    this.tellsCodes = tellsCodes;
    this.events = events;
    this.changed = link.condition();
  }

  // The sender's end.

  void send(
      byte[] source,
      int offset,
      int length,
      boolean fin,
      long timeoutNanos,
      InMemoryConnection sender)
      throws IOException {
    int sent = 0;
    while (true) {
      link.enter();
      try {
        checkSendable(sender::reason);
        int count = (int) Math.min(length - sent, windowBytes - outstanding);
        boolean last = sent + count == length;
        if (count > 0 || last) {
          sender.countSent(count); // before anybody can have read it
          transmit(Arrays.copyOfRange(source, offset + sent, offset + sent + count), fin && last);
          sent += count;
          if (last) {
            return;
          }
        } else if (!await(
            timeoutNanos, sender::reason, () -> outstanding < windowBytes || stopped())) {
          throw new StreamTimeoutException("write", id, Duration.ofNanos(timeoutNanos));
        }
      } finally {
        link.leave();
      }
    }
  }

  private boolean stopped() {
    return resetSent || stopArrived.isPresent();
  }

  private void checkSendable(Ended connection) throws IOException {
    CloseReason reason = connection.reason();
    if (reason != null) {
      throw new ConnectionLostException("the connection of stream " + id + " ended", reason);
    }
    if (stopArrived.isPresent()) {
      throw reset("the peer asked to stop sending on stream " + id, stopArrived.getAsLong());
    }
    if (resetSent) {
      throw new StreamResetException("the output of stream " + id + " was reset");
    }
  }

  private void transmit(byte[] bytes, boolean fin) {
    outstanding += bytes.length;
    finSent |= fin;
    events.announce();
    link.carry(() -> arrive(bytes, fin));
    events.changed();
  }

  void sendReset(long code) {
    resetSent = true;
    events.announce();
    link.carry(
        () -> {
          if (!stopSent) {
            resetArrived = OptionalLong.of(code);
            discard();
          }
          wake();
        });
    wake();
  }

  boolean isSenderDone() {
    return finSent || resetSent || stopArrived.isPresent();
  }

  // The receiver's end.

  private void arrive(byte[] bytes, boolean fin) {
    if (stopSent || resetArrived.isPresent()) {
      return;
    }
    if (bytes.length > 0) {
      arrived.add(bytes);
      arrivedBytes += bytes.length;
    }
    finArrived |= fin;
    wake();
  }

  int receive(byte[] target, int offset, int length, long timeoutNanos, Ended connection)
      throws IOException {
    while (true) {
      link.enter();
      try {
        if (stopSent) {
          throw new StreamResetException("the input of stream " + id + " was closed");
        }
        if (resetArrived.isPresent()) {
          throw reset("the peer reset stream " + id, resetArrived.getAsLong());
        }
        if (arrivedBytes > 0) {
          return take(target, offset, length);
        }
        if (finArrived) {
          wake();
          return -1;
        }
        CloseReason reason = connection.reason();
        if (reason != null) {
          throw new ConnectionLostException("the connection of stream " + id + " ended", reason);
        }
        if (!await(timeoutNanos, connection, this::isReadable)) {
          throw new StreamTimeoutException("read", id, Duration.ofNanos(timeoutNanos));
        }
      } finally {
        link.leave();
      }
    }
  }

  private boolean isReadable() {
    return arrivedBytes > 0 || finArrived || stopSent || resetArrived.isPresent();
  }

  private int take(byte[] target, int offset, int length) {
    int taken = 0;
    while (taken < length && !arrived.isEmpty()) {
      byte[] head = arrived.element();
      int count = Math.min(length - taken, head.length - headOffset);
      System.arraycopy(head, headOffset, target, offset + taken, count);
      taken += count;
      headOffset += count;
      if (headOffset == head.length) {
        arrived.remove();
        headOffset = 0;
      }
    }
    arrivedBytes -= taken;
    outstanding -= taken;
    wake();
    return taken;
  }

  int receivable() {
    if (stopSent) {
      return 0;
    }
    return arrivedBytes == 0 && finArrived ? -1 : arrivedBytes;
  }

  void sendStopSending(long code) {
    stopSent = true;
    discard();
    events.announce();
    link.carry(
        () -> {
          if (!finSent && !resetSent) {
            stopArrived = OptionalLong.of(code);
          }
          wake();
        });
    wake();
  }

  /** A side that closed its connection itself reads nothing more. */
  void discard() {
    outstanding -= arrivedBytes;
    arrived.clear();
    headOffset = 0;
    arrivedBytes = 0;
  }

  boolean isReceiverDone() {
    return stopSent || resetArrived.isPresent() || (finArrived && arrivedBytes == 0);
  }

  // Both.

  void wake() {
    changed.signalAll();
    events.changed();
  }

  private StreamResetException reset(String message, long code) {
    return tellsCodes
        ? new StreamResetException(message + " with code " + code, code)
        : new StreamResetException(message);
  }

  /** Something that holds. */
  private interface Holds {
    boolean now();
  }

  /**
   * Waits until it holds or the connection ended; false if neither came in time. Returns at once if
   * something is left to do without the lock, for the caller to leave it and look again.
   */
  private boolean await(long timeoutNanos, Ended connection, Holds condition) throws IOException {
    if (link.mustLeaveFirst()) {
      return true;
    }
    return interruptible && link.time() instanceof SystemTime
        ? awaitReal(timeoutNanos, connection, condition)
        : awaitAlarm(timeoutNanos, connection, condition);
  }

  private boolean awaitReal(long timeoutNanos, Ended connection, Holds condition)
      throws InterruptedIOException {
    long left = timeoutNanos;
    try {
      while (!condition.now() && connection.reason() == null) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
    return true;
  }

  private boolean awaitAlarm(long timeoutNanos, Ended connection, Holds condition)
      throws InterruptedIOException {
    boolean[] expired = {false};
    PoolTime.Alarm alarm =
        link.time()
            .schedule(
                timeoutNanos,
                () ->
                    link.run(
                        () -> {
                          expired[0] = true;
                          changed.signalAll();
                        }));
    try {
      while (!condition.now() && connection.reason() == null && !expired[0]) {
        if (interruptible) {
          changed.await();
        } else {
          changed.awaitUninterruptibly();
        }
      }
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      alarm.cancel();
    }
    return condition.now() || connection.reason() != null;
  }

  private InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while waiting on stream " + id);
  }
}

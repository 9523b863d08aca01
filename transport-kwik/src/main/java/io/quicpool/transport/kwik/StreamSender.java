package io.quicpool.transport.kwik;

import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sends on a kwik stream without losing bytes or the FIN to kwik's lost wake-up (K1).
 *
 * <p><b>The trap.</b> A kwik write appends to the stream's send buffer, asks the connection's
 * sender thread to come and fetch if no request is pending, and counts the request only then. When
 * the sender comes before it is counted and takes less than everything, it believes that a request
 * is pending and does not ask again: what is left stays until something else asks. A further write
 * does; after the FIN nothing can.
 *
 * <p><b>The answer.</b>
 *
 * <ol>
 *   <li>While a writer waits inside kwik, the timer writes zero bytes to the stream now and then,
 *       which asks the sender again (a <i>kick</i>).
 *   <li>A kick leaves an empty element in the buffer, and an empty element that is the last before
 *       a FIN hides the FIN from kwik for ever (K13). So kicks come only while more bytes are to
 *       follow: the last byte of every burst is kept until the buffer is empty, and is written
 *       alone and never kicked. A single byte fits any frame, so the first request takes all of it.
 *   <li>A FIN then finds a buffer with at most that byte in it, and needs one request as well.
 *   <li>Bytes that others are certain to follow are not waited for; if nobody writes for a while
 *       they are kicked, too.
 * </ol>
 *
 * <p><b>Short messages.</b> Bytes that fit a packet with room to spare, with their FIN, are written
 * at once, if no other stream of the {@link WakeUpGuard}'s is being written to, nor has bytes in
 * its buffer that are to be followed. For something to stay, the sender would have to come before
 * its request is counted, and to find too little room for what is there (in the packet, or in a
 * window), twice in a row.
 *
 * <p>What else can go wrong, also with the last byte and the FIN, when packets are lost, is {@link
 * WakeUpGuard}'s matter.
 *
 * <p><b>Waiting for an empty buffer.</b> Kwik has no such call, but a write first waits for room
 * for all its bytes and only then copies them. A write from beyond the end of an empty array thus
 * waits for the room it names, and throws without having written anything.
 *
 * <p><b>Resetting.</b> A reset empties the send buffer under the sender thread; if that is at it,
 * it dies of a null, and with it the whole connection (K21). So a reset, too, waits for an empty
 * buffer first; not for long, since a peer that grants no room keeps the sender away as well.
 *
 * <p>One thread at a time writes, or resets: {@code writing}. {@code gate} orders the timer against
 * the writer: a kick or a wake-up happens while the writer is inside a call that may wait, or while
 * nobody writes, or not at all.
 */
final class StreamSender {
  /** Less than a packet: every write asks the sender again, so a stall is short-lived. */
  private static final int PIECE = 1000;

  /** Kwik's send buffer. */
  private static final int BUFFER = 50 * 1024;

  /** What is no longer than that can leave with its FIN at once. */
  private static final int SHORT = 400;

  /** Room is waited for in steps, so that slow progress is progress. */
  private static final int STEP = 5 * 1024;

  private static final long FIRST_KICK_NANOS = 10_000_000;
  private static final long LAST_KICK_NANOS = 320_000_000;
  private static final long RESET_NANOS = 50_000_000;
  private static final byte[] NOTHING = {};

  private final long id;
  private final OutputStream out;
  private final WakeUpGuard guard;
  private final Workers workers;
  private final ReentrantLock gate = new ReentrantLock();
  private final ReentrantLock writing = new ReentrantLock();
  private volatile boolean expired;
  private volatile boolean connectionOver;
  private volatile @Nullable Thread resetter;

  // Guarded by writing.
  private int unsettled; // at most so many bytes are in kwik's buffer
  private boolean moreToCome; // what is there was sent by sendMore, and nothing since
  private long nextLooseKick;
  private Runnable cancelLooseKick = () -> {};

  // Guarded by gate.
  private @Nullable Thread waiting;
  private long waitingSince;
  private long waitingNanos;
  private long nextKick;
  private boolean woken;
  private boolean watched;

  StreamSender(long id, OutputStream out, WakeUpGuard guard, Workers workers) {
    this.id = id;
    this.out = out;
    this.guard = guard;
    this.workers = workers;
  }

  /**
   * Sends, and ends the output after it if told to. When this returns, all but the last byte have
   * left for the network, but for a short message that was ended: that leaves as soon as it can.
   *
   * @throws StreamTimeoutException if nothing left for that long
   * @throws InterruptedIOException if the calling thread was interrupted (flag set)
   * @throws IOException kwik's own, if the stream or its connection has ended
   */
  void send(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
      throws IOException {
    writing.lock();
    nothingMoreToCome();
    boolean alone = guard.beginBurst();
    try {
      if (fin && alone && length > 0 && length <= SHORT && unsettled <= 1) {
        sendShort(source, offset, length);
      } else {
        sendAlone(source, offset, length, fin, timeoutNanos);
      }
    } finally {
      guard.endBurst();
      writing.unlock();
    }
  }

  /**
   * Sends bytes after which others are to come, by a later call. Waits for room alone; should that
   * call not come soon, the timer asks the sender again. Throws like {@link #send}.
   */
  void sendMore(byte[] source, int offset, int length, long timeoutNanos) throws IOException {
    writing.lock();
    try {
      nothingMoreToCome();
      guard.beginBurst(); // until the next call
      moreToCome = true;
      boolean put = false;
      try {
        putAll(source, offset, offset + length, timeoutNanos);
        nextLooseKick = FIRST_KICK_NANOS;
        kickLater();
        put = true;
      } finally {
        if (!put) {
          nothingMoreToCome();
        }
      }
    } finally {
      writing.unlock();
    }
  }

  /** With writing: what was left to a further call is that call's now. */
  private void nothingMoreToCome() {
    if (moreToCome) {
      moreToCome = false;
      guard.endBurst();
      cancelLooseKick.run();
    }
  }

  /** The connection has ended. A call that is under way fails, and does this itself. */
  void over() {
    connectionOver = true;
    if (writing.tryLock()) {
      try {
        nothingMoreToCome();
      } finally {
        writing.unlock();
      }
    }
  }

  private void kickLater() {
    cancelLooseKick = workers.after(nextLooseKick, this::kickLoose);
    nextLooseKick = Math.min(2 * nextLooseKick, LAST_KICK_NANOS);
  }

  /** On the timer's thread. Whoever holds the lock writes, which asks the sender as well. */
  private void kickLoose() {
    if (!writing.tryLock()) {
      return; // a call that came meanwhile, and cancelled this too late
    }
    try {
      if (moreToCome) {
        out.write(NOTHING, 0, 0); // more than nothing is to follow it: K13 does not matter
        kickLater();
      }
    } catch (IOException over) {
      KwikLog.LOGGER.log(Level.TRACE, "the stream has ended, and nothing is to leave", over);
      nothingMoreToCome();
    } finally {
      writing.unlock();
    }
  }

  /** Lets what was written leave, if it can, stops whoever still writes, and runs the reset. */
  void reset(Runnable reset) {
    boolean interrupted = Thread.interrupted(); // or it would not wait, and kwik might die of it
    resetter = Thread.currentThread();
    wakeWriter();
    boolean alone = false;
    try {
      alone = writing.tryLock(RESET_NANOS, TimeUnit.NANOSECONDS);
      if (alone) {
        nothingMoreToCome();
        settle(RESET_NANOS);
      }
    } catch (InterruptedException e) {
      interrupted = true; // and what was written need not leave
    } catch (IOException blocked) {
      KwikLog.LOGGER.log(Level.DEBUG, "reset with data that the peer has no room for", blocked);
    } finally {
      reset.run();
      if (alone) {
        writing.unlock();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void wakeWriter() {
    gate.lock();
    try {
      if (waiting != null) {
        wake(waiting);
      }
    } finally {
      gate.unlock();
    }
  }

  private void sendAlone(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
      throws IOException {
    if (length > 0) {
      int last = offset + length - 1;
      putAll(source, offset, last, timeoutNanos);
      settle(timeoutNanos);
      guard.beginWrite();
      try {
        out.write(source, last, 1); // the buffer is empty: this neither waits nor needs a kick
      } finally {
        guard.endWrite();
      }
      unsettled = 1;
    }
    if (fin) {
      guard.beginWrite();
      try {
        finish();
      } finally {
        guard.endWrite();
      }
    }
  }

  private void sendShort(byte[] source, int offset, int length) throws IOException {
    guard.beginWrite();
    try {
      out.write(source, offset, length);
      finish();
    } finally {
      guard.endWrite();
    }
    unsettled += length;
  }

  private void finish() throws IOException {
    out.flush(); // K18: close does nothing, silently, on a stream that has ended; this throws
    out.close();
  }

  private void putAll(byte[] source, int from, int to, long timeoutNanos) throws IOException {
    for (int at = from; at < to; at += PIECE) {
      put(source, at, Math.min(PIECE, to - at), timeoutNanos);
    }
  }

  private void put(byte[] source, int offset, int length, long timeoutNanos) throws IOException {
    if (unsettled + length <= BUFFER) {
      out.write(source, offset, length); // there is room: it does not wait
      unsettled += length;
    } else {
      enter(timeoutNanos);
      try {
        out.write(source, offset, length);
        checkOver();
      } catch (InterruptedIOException e) {
        throw whyInterrupted(e, timeoutNanos);
      } finally {
        leave();
      }
      unsettled = BUFFER;
    }
  }

  /** Waits until kwik has fetched every byte. */
  private void settle(long timeoutNanos) throws IOException {
    while (unsettled > 0) {
      int left = Math.max(0, unsettled - STEP);
      awaitRoom(BUFFER - left, timeoutNanos);
      unsettled = left;
    }
  }

  private void awaitRoom(int room, long timeoutNanos) throws IOException {
    enter(timeoutNanos);
    try {
      out.write(NOTHING, 1, room);
    } catch (IndexOutOfBoundsException thereIsRoom) { // expected: see the comment of the class
      checkOver();
    } catch (InterruptedIOException e) {
      throw whyInterrupted(e, timeoutNanos);
    } finally {
      leave();
    }
  }

  /**
   * Throws if the stream has ended, with kwik's interrupt taken away (K9): it is meant for a writer
   * that waits, and can come when that one has left on its own.
   */
  private void checkOver() throws IOException {
    try {
      out.flush(); // only looks whether the stream is still writable
    } catch (IOException over) {
      StrayInterrupts.await(this, !connectionOver);
      throw over;
    }
  }

  private void enter(long timeoutNanos) throws StreamResetException {
    gate.lock();
    try {
      if (isResetByAnother()) {
        throw resetMeanwhile();
      }
      waiting = Thread.currentThread();
      waitingSince = System.nanoTime();
      waitingNanos = timeoutNanos;
      nextKick = FIRST_KICK_NANOS;
      if (!watched) {
        watched = true;
        workers.after(FIRST_KICK_NANOS, this::watch);
      }
    } finally {
      gate.unlock();
    }
  }

  private void leave() {
    gate.lock();
    try {
      waiting = null;
      if (woken) {
        woken = false;
        Thread.interrupted(); // ours, and not for the caller
      }
    } finally {
      gate.unlock();
    }
  }

  /** On the timer's thread, every few milliseconds while the stream is written to. */
  private void watch() {
    gate.lock();
    try {
      Thread writer = waiting;
      if (writer == null) {
        watched = false; // the next wait starts the watch again
        return;
      }
      long waited = System.nanoTime() - waitingSince;
      if (waited >= waitingNanos) {
        expired = true;
        wake(writer);
      } else if (waited >= nextKick) {
        nextKick = waited + Math.min(waited, LAST_KICK_NANOS);
        kick(writer);
      }
      long pause = Math.max(FIRST_KICK_NANOS, nextKick - waited);
      workers.after(Math.min(pause, Math.max(1_000_000, waitingNanos - waited)), this::watch);
    } finally {
      gate.unlock();
    }
  }

  private void kick(Thread writer) {
    try {
      out.write(NOTHING, 0, 0); // no bytes, so it needs no room and does not wait
    } catch (IOException over) {
      wake(writer); // the stream has ended, and kwik's own wake-up can miss the writer
    }
  }

  private void wake(Thread writer) {
    woken = true;
    writer.interrupt();
  }

  private boolean isResetByAnother() {
    Thread other = resetter;
    return other != null && other != Thread.currentThread();
  }

  private StreamResetException resetMeanwhile() {
    return new StreamResetException("write on stream " + id + ": the stream was reset");
  }

  private IOException whyInterrupted(InterruptedIOException e, long timeoutNanos) {
    if (isResetByAnother()) {
      return resetMeanwhile();
    }
    if (expired) {
      return new StreamTimeoutException("write", id, Duration.ofNanos(timeoutNanos));
    }
    try {
      checkOver();
    } catch (IOException over) {
      return over; // K9: it was kwik that interrupted, since the stream has ended
    }
    if (connectionOver) { // it was we, and kwik has not come to this stream yet
      StrayInterrupts.await(this, false);
      return new IOException("the connection has ended");
    }
    Thread.currentThread().interrupt();
    return e;
  }
}

package io.quicpool.transport.kwik;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps apart the threads whose meeting makes kwik forget bytes: K1 where {@link StreamSender}'s
 * kicks cannot help, because no write follows any more.
 *
 * <p><b>The trap.</b> Whoever has something to send on a stream asks the connection's sender thread
 * to come, and counts the request afterwards. On a busy machine the sender mostly comes in between,
 * and the count is then below zero for up to a millisecond. Whatever asks for the same stream
 * meanwhile is not heard, and the sender itself does not ask again for what it had to leave. Those
 * that ask are writers and whoever finds that a packet was lost: kwik's receiver and its
 * loss-detection timer. Unguarded, one stream in 250 stalled at 5 % loss, and one exchange in 13
 * 000 without any.
 *
 * <p><b>The answer.</b> Kwik logs where those threads are, so
 *
 * <ul>
 *   <li>while a thread looks for losses no last byte and no FIN is written, and the other way
 *       round;
 *   <li>the sender, which logs a retransmission after taking the bytes and before it looks at the
 *       count, waits there for both.
 * </ul>
 *
 * <p>Each wait has a limit, far longer than what it waits for, so that an error of kwik's in
 * between costs time only. The texts are kwik's own; a test looks for them. One guard serves a
 * dialled connection, or all of a listener's.
 */
final class WakeUpGuard {
  private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final long limitNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Thread, Long> seekers = new HashMap<>(); // guarded by lock; since when
  private int writers; // guarded by lock
  private final AtomicInteger bursts = new AtomicInteger();
  private final AtomicLong retransmissions = new AtomicLong();
  private final AtomicLong searches = new AtomicLong();

  WakeUpGuard() {
    this(LIMIT_NANOS);
  }

  WakeUpGuard(long limitNanos) {
    this.limitNanos = limitNanos;
  }

  // What kwik logs.

  void debug(String message) {
    if (message.endsWith("packets acked)")) { // an acknowledgement: losses are looked for next
      beginSearch();
    } else if (message.startsWith("RTT: ") || message.endsWith("packets lost)")) { // after them
      endSearch();
    }
  }

  void warn(String message) {
    if (message.startsWith("Loss detection timeout running")) { // early, but it looks all the same
      beginSearch();
    }
  }

  void recovery(String message) {
    if (message.startsWith("Retransmitted lost stream frame")) {
      retransmissions.incrementAndGet();
      await(false, false);
    } else if (message.contains("loss detection timeout handler running")) {
      beginSearch();
    } else if (!message.startsWith("Retransmit")) { // of something else that was lost
      endSearch(); // the timer of loss detection is set anew
    }
  }

  void stream(String message) {
    if (message.contains("unblocked")) { // asks for the stream now: its window was widened
      await(false, true);
    }
  }

  // What the adapter does.

  /** Before a stream is written to; whether no other is at this moment. */
  boolean beginBurst() {
    return bursts.incrementAndGet() == 1;
  }

  /** After it. */
  void endBurst() {
    bursts.decrementAndGet();
  }

  /** Before the last byte of a burst, or a FIN, is written. */
  void beginWrite() {
    lock.lock();
    try {
      awaitLocked(true, false);
      writers++;
    } finally {
      lock.unlock();
    }
  }

  /** After it. */
  void endWrite() {
    lock.lock();
    try {
      writers--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void beginSearch() {
    searches.incrementAndGet();
    lock.lock();
    try {
      awaitLocked(false, true);
      seekers.put(Thread.currentThread(), System.nanoTime());
    } finally {
      lock.unlock();
    }
  }

  private void endSearch() {
    lock.lock();
    try {
      if (seekers.remove(Thread.currentThread()) != null) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private void await(boolean mayWrite, boolean maySeek) {
    lock.lock();
    try {
      awaitLocked(mayWrite, maySeek);
    } finally {
      lock.unlock();
    }
  }

  /** Until no other thread writes (unless it may) and none searches (unless it may). */
  private void awaitLocked(boolean othersMayWrite, boolean othersMaySeek) {
    long end = System.nanoTime() + limitNanos;
    while (((!othersMayWrite && writers > 0) || (!othersMaySeek && othersSeek()))
        && System.nanoTime() < end) {
      try {
        changed.awaitNanos(LOOK_NANOS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // whoever is interrupted has more pressing matters
        return;
      }
    }
  }

  private boolean othersSeek() {
    long now = System.nanoTime();
    seekers
        .entrySet()
        .removeIf(seeker -> isIdle(seeker.getKey()) || now - seeker.getValue() > limitNanos);
    return seekers.size() > (seekers.containsKey(Thread.currentThread()) ? 1 : 0);
  }

  /** The end of a search is not always told; but where losses are looked for nothing waits. */
  private static boolean isIdle(Thread thread) {
    return switch (thread.getState()) {
      case WAITING, TIMED_WAITING, TERMINATED -> true;
      default -> false;
    };
  }

  /** How many retransmissions of stream data were seen; for tests. */
  long retransmissions() {
    return retransmissions.get();
  }

  /** How many times losses were looked for; for tests. */
  long searches() {
    return searches.get();
  }
}

package io.quicpool.testkit;

import io.quicpool.spi.PoolTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What lies between the two sides of a connection in memory, and what protects them.
 *
 * <p>One lock guards both sides with their streams and pipes. Whatever calls out (futures,
 * handlers, ends of streams) is put into {@code after} while the lock is held and runs when {@link
 * #leave} has let go of it, so no caller's code ever runs under the lock. Everything that one side
 * does to the other goes through {@link #carry}, which is where a silent link keeps it back.
 */
final class MemoryLink {
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Runnable> after = new ArrayList<>();
  private final Deque<Runnable> keptBack = new ArrayDeque<>();
  private final PoolTime time;
  private boolean silent;
  private long lastArrivalNanos;

  MemoryLink(PoolTime time) {
    this.time = time;
    this.lastArrivalNanos = time.nanos();
  }

  void enter() {
    lock.lock();
  }

  /** Lets go of the lock and runs what was left to do after it. */
  void leave() {
    if (lock.getHoldCount() > 1) {
      lock.unlock();
      return;
    }
    List<Runnable> todo = List.copyOf(after);
    after.clear();
    lock.unlock();
    todo.forEach(Runnable::run);
  }

  void run(Runnable change) {
    enter();
    try {
      change.run();
    } finally {
      leave();
    }
  }

  /** Leaves something to be done without the lock. */
  void after(Runnable task) {
    after.add(task);
  }

  boolean mustLeaveFirst() {
    return !after.isEmpty();
  }

  Condition condition() {
    return lock.newCondition();
  }

  PoolTime time() {
    return time;
  }

  /** Brings something to the other side: at once, or when the link is no longer silent. */
  void carry(Runnable arrival) {
    if (silent) {
      keptBack.add(arrival);
    } else {
      lastArrivalNanos = time.nanos();
      arrival.run();
    }
  }

  boolean isSilent() {
    return silent;
  }

  long lastArrivalNanos() {
    return lastArrivalNanos;
  }

  void silence() {
    silent = true;
  }

  /** Delivers what was kept back, in order. */
  void revive() {
    silent = false;
    for (Runnable arrival = keptBack.poll(); arrival != null; arrival = keptBack.poll()) {
      carry(arrival);
    }
  }
}

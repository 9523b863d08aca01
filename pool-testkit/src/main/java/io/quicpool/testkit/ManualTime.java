package io.quicpool.testkit;

import io.quicpool.spi.PoolTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Time that moves only when a test says so.
 *
 * <p>Alarms run inside {@link #advance}, on its caller's thread, in the order of their times and,
 * for the same time, of their scheduling; while one runs, the clock shows its time. An alarm that
 * is scheduled by another one runs in the same call if it is due by then. The same calls give the
 * same order every time.
 *
 * <p>Thread-safe: any thread may schedule, cancel and read; calls of {@link #advance} come one
 * after the other. It has no threads and nothing to close.
 */
public final class ManualTime implements PoolTime {
  private static final long ARBITRARY_ORIGIN = 1_234_567_890_123L;

  private final long origin;
  private final ReentrantLock advancing = new ReentrantLock();
  private final Object lock = new Object();
  private final PriorityQueue<Task> queue = new PriorityQueue<>(); // guarded by lock
  private long elapsed; // guarded by lock; since the origin, never negative
  private long scheduled; // guarded by lock

  /** Starts at an arbitrary value, which is not 0. */
  public ManualTime() {
    this(ARBITRARY_ORIGIN);
  }

  /**
   * Starts at a value of the test's choice.
   *
   * @param originNanos what {@link #nanos()} shows first; near {@link Long#MAX_VALUE} it shows
   *     whether the code under test compares by difference, as {@link System#nanoTime()} demands
   */
  public ManualTime(long originNanos) {
    this.origin = originNanos;
  }

  @Override
  public long nanos() {
    synchronized (lock) {
      return origin + elapsed;
    }
  }

  @Override
  public Alarm schedule(long delayNanos, Runnable task) {
    synchronized (lock) {
      Task added = new Task(later(elapsed, Math.max(0, delayNanos)), scheduled++, task);
      queue.add(added);
      return added;
    }
  }

  /** How many alarms wait for their time. */
  public int pending() {
    synchronized (lock) {
      return queue.size();
    }
  }

  /** How far ahead the next alarm is: zero if it is due already, empty if there is none. */
  public Optional<Duration> untilNext() {
    synchronized (lock) {
      Task next = queue.peek();
      return next == null
          ? Optional.empty()
          : Optional.of(Duration.ofNanos(Math.max(0, next.due - elapsed)));
    }
  }

  /** How far the clock has moved since it was made. */
  public Duration elapsed() {
    synchronized (lock) {
      return Duration.ofNanos(elapsed);
    }
  }

  /** Runs what is due now, as {@code advance(Duration.ZERO)} does. */
  public void runDue() {
    advance(Duration.ZERO);
  }

  /**
   * Moves the clock and runs every alarm that is due by then. All of them run, and the clock
   * arrives, even if some throw; then the first exception is thrown, with the others suppressed in
   * it.
   *
   * @param duration how far; zero runs what is due now
   * @throws IllegalArgumentException if the duration is negative
   * @throws IllegalStateException if an alarm's task calls it
   */
  public void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("time must not go back, was told to by " + duration);
    }
    if (advancing.isHeldByCurrentThread()) {
      throw new IllegalStateException("an alarm's task must not advance the time that runs it");
    }
    advancing.lock();
    try {
      List<Throwable> thrown = new ArrayList<>();
      long target = later(elapsedNanos(), duration.toNanos());
      for (Task task = next(target); task != null; task = next(target)) {
        run(task, thrown);
      }
      rethrow(thrown);
    } finally {
      advancing.unlock();
    }
  }

  private long elapsedNanos() {
    synchronized (lock) {
      return elapsed;
    }
  }

  /** Takes the next alarm due by then and moves the clock to it, or else to the target. */
  private @Nullable Task next(long target) {
    synchronized (lock) {
      Task next = queue.peek();
      if (next == null || next.due > target) {
        elapsed = target;
        return null;
      }
      queue.remove(next);
      elapsed = Math.max(elapsed, next.due);
      return next;
    }
  }

  private static void run(Task task, List<Throwable> thrown) {
    try {
      task.action.run();
    } catch (RuntimeException | Error e) {
      thrown.add(e);
    }
  }

  private static void rethrow(List<Throwable> thrown) {
    if (thrown.isEmpty()) {
      return;
    }
    Throwable first = thrown.get(0);
    thrown.stream().skip(1).filter(other -> other != first).forEach(first::addSuppressed);
    if (first instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) first;
  }

  private static long later(long from, long by) {
    long sum = from + by;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  private final class Task implements Alarm, Comparable<Task> {
    private final long due;
    private final long sequence;
    private final Runnable action;

    private Task(long due, long sequence, Runnable action) {
      this.due = due;
      this.sequence = sequence;
      this.action = action;
    }

    @Override
    public void cancel() {
      synchronized (lock) {
        queue.remove(this); // linear, which tests can afford
      }
    }

    @Override
    public int compareTo(Task that) {
      return due != that.due ? Long.compare(due, that.due) : Long.compare(sequence, that.sequence);
    }
  }
}

package io.quicpool.spi;

/**
 * The pool's clock and alarm, so that every rule about time can be tested in virtual time.
 * Thread-safe.
 */
public interface PoolTime {

  /** Monotonic nanoseconds from an arbitrary origin, as {@link System#nanoTime()} gives them. */
  long nanos();

  /**
   * Runs a task once after a delay, on a thread of the clock's own; the pool's tasks are short and
   * never block. A delay of 0 or less means soon, never within this call.
   */
  Alarm schedule(long delayNanos, Runnable task);

  /** A task that was scheduled. */
  interface Alarm {
    /** Forgets the task if it has not started. */
    void cancel();
  }
}

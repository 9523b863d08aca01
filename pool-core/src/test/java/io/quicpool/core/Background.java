package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A call on a thread of its own. */
final class Background<T> {
  private static final long PATIENCE_SECONDS = 60;

  private final FutureTask<T> task;
  private final Thread thread;
  private volatile boolean interruptedAtTheEnd;

  private Background(Callable<T> call) {
    task =
        new FutureTask<>(
            () -> {
              try {
                return call.call();
              } finally {
                interruptedAtTheEnd = Thread.currentThread().isInterrupted();
              }
            });
    thread = new Thread(task, "background");
    thread.setDaemon(true);
    thread.start();
  }

  static <T> Background<T> call(Callable<T> call) {
    return new Background<>(call);
  }

  static Background<Boolean> run(Runnable action) {
    return new Background<>(
        () -> {
          action.run();
          return true;
        });
  }

  /** Waits until something holds that another thread brings about. */
  static void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("it did not come about within " + PATIENCE_SECONDS + " s");
      }
      Thread.yield();
    }
  }

  boolean isBlocked() {
    return thread.getState() == Thread.State.WAITING
        || thread.getState() == Thread.State.TIMED_WAITING;
  }

  /** Waits until the thread blocks. */
  void untilBlocked() {
    until(this::isBlocked);
  }

  boolean isDone() {
    return task.isDone();
  }

  void interrupt() {
    thread.interrupt();
  }

  T result() throws Exception {
    return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  Throwable failure() {
    return assertThrows(ExecutionException.class, this::result).getCause();
  }

  /** Whether the thread's interrupt flag was set when the call had ended. */
  boolean wasInterrupted() {
    return interruptedAtTheEnd;
  }
}

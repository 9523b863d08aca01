package io.quicpool.transport.kwik;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one endpoint, all daemons: some that block inside kwik (its connect and
 * createStream do), and one that watches the clock, whose tasks never block.
 *
 * <p><b>The beat.</b> An alarm that is the first to be due wakes the timer's thread when it is set.
 * Each read sets one, far ahead, and takes it back: so while alarms are set there is a task that is
 * due within a second, before which they queue in silence.
 */
final class Workers {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final long BEAT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ThreadPoolExecutor blocking;
  private final ScheduledThreadPoolExecutor timer;
  private final AtomicBoolean beating = new AtomicBoolean();
  private volatile boolean alarmed; // since the last beat

  Workers() {
    blocking =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            5,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            threads("quicpool-kwik-worker-"));
    timer = new ScheduledThreadPoolExecutor(1, threads("quicpool-kwik-timer-"));
    timer.setRemoveOnCancelPolicy(true);
  }

  private static ThreadFactory threads(String prefix) {
    return task -> {
      Thread thread = new Thread(task, prefix + NUMBER.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** For what blocks. Rejects when the endpoint is closed. */
  ExecutorService blocking() {
    return blocking;
  }

  /**
   * Runs a short task later, unless the endpoint is closed by then: whatever waits is told of that
   * by the end of its connection.
   *
   * @return cancels it
   */
  Runnable after(long delayNanos, Runnable task) {
    try {
      if (delayNanos > BEAT_NANOS) {
        keepBeating();
      }
      var scheduled = timer.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  private void keepBeating() {
    if (!alarmed) {
      alarmed = true;
    }
    if (!beating.get() && beating.compareAndSet(false, true)) {
      beatLater();
    }
  }

  private void beatLater() {
    timer.schedule(this::beat, BEAT_NANOS, TimeUnit.NANOSECONDS);
  }

  private void beat() {
    if (alarmed) {
      alarmed = false;
      beatLater();
    } else {
      beating.set(false); // whoever comes now begins anew
    }
  }

  /** Ends all threads. */
  void close() {
    blocking.shutdownNow();
    timer.shutdownNow();
  }
}

package io.quicpool.transport.kwik;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of one endpoint, all daemons: some that block inside kwik (its connect and
 * createStream do), and one that watches the clock, whose tasks never block.
 */
final class Workers {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final ThreadPoolExecutor blocking;
  private final ScheduledThreadPoolExecutor timer;

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
      var scheduled = timer.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  /** Ends all threads. */
  void close() {
    blocking.shutdownNow();
    timer.shutdownNow();
  }
}

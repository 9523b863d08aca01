package io.quicpool.core;

import io.quicpool.spi.PoolTime;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The system's monotonic clock, with one daemon thread for alarms. */
final class SystemTime implements PoolTime, AutoCloseable {
  private final ScheduledThreadPoolExecutor alarms;

  SystemTime() {
    alarms =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "quicpool-timer");
              thread.setDaemon(true);
              return thread;
            });
    alarms.setRemoveOnCancelPolicy(true);
    alarms.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Alarm schedule(long delayNanos, Runnable task) {
    try {
      ScheduledFuture<?> alarm = alarms.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
      return () -> alarm.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {}; // the pool is closed: nothing is waited for any more
    }
  }

  @Override
  public void close() {
    alarms.shutdownNow();
  }
}

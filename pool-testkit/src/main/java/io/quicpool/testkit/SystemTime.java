package io.quicpool.testkit;

import io.quicpool.spi.PoolTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Real time: the system's clock, and alarms on the daemon thread that futures use. */
final class SystemTime implements PoolTime {

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Alarm schedule(long delayNanos, Runnable task) {
    CompletableFuture<Boolean> alarm = new CompletableFuture<>();
    alarm.thenAccept(due -> task.run());
    alarm.completeOnTimeout(true, Math.max(1, delayNanos), TimeUnit.NANOSECONDS);
    return () -> alarm.cancel(false);
  }
}

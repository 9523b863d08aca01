package io.quicpool.core;

import io.quicpool.spi.PoolTime;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** An alarm of which at most one waits at a time: arming it again before it is due does nothing. */
final class SingleAlarm {
  private final PoolTime time;
  private final AtomicBoolean armed = new AtomicBoolean();
  private volatile PoolTime.@Nullable Alarm waiting;
  private volatile boolean stopped;

  SingleAlarm(PoolTime time) {
    this.time = time;
  }

  void arm(long delayNanos, Runnable task) {
    if (!armed.get() && !stopped && armed.compareAndSet(false, true)) {
      PoolTime.Alarm set = schedule(delayNanos, task);
      waiting = set;
      if (stopped) {
        set.cancel();
      }
    }
  }

  private PoolTime.Alarm schedule(long delayNanos, Runnable task) {
    try {
      return time.schedule(delayNanos, () -> due(task));
    } catch (RuntimeException | Error e) { // or it would never be armed again
      armed.set(false);
      throw e;
    }
  }

  private void due(Runnable task) {
    armed.set(false); // before the task, so that what happens during it arms anew
    if (!stopped) {
      task.run();
    }
  }

  /** For good: a closed pool is not to be kept by a clock that outlives it. */
  void stop() {
    stopped = true;
    PoolTime.Alarm set = waiting;
    if (set != null) {
      set.cancel();
    }
  }

  boolean isStopped() {
    return stopped;
  }
}

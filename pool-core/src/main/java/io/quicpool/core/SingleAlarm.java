package io.quicpool.core;

import io.quicpool.spi.PoolTime;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An alarm of which at most one waits at a time: arming it again before it is due does nothing. */
final class SingleAlarm {
  private final PoolTime time;
  private final AtomicReference<@Nullable Setting> current = new AtomicReference<>();
  private volatile boolean stopped;

  /** One time that it was armed. Only the current one rings. */
  private static final class Setting {
    private volatile PoolTime.@Nullable Alarm alarm;

    private void cancel() {
      PoolTime.Alarm set = alarm;
      if (set != null) {
        set.cancel();
      }
    }
  }

  SingleAlarm(PoolTime time) {
    this.time = time;
  }

  void arm(long delayNanos, Runnable task) {
    if (current.get() == null && !stopped) {
      Setting setting = new Setting();
      if (current.compareAndSet(null, setting)) {
        set(setting, delayNanos, task);
      }
    }
  }

  boolean isArmed() {
    return current.get() != null;
  }

  /** Arms it anew, whatever it was set to. */
  void rearm(long delayNanos, Runnable task) {
    if (stopped) {
      return;
    }
    Setting setting = new Setting();
    Setting before = current.getAndSet(setting);
    if (before != null) {
      before.cancel();
    }
    set(setting, delayNanos, task);
  }

  private void set(Setting setting, long delayNanos, Runnable task) {
    try {
      setting.alarm = time.schedule(delayNanos, () -> due(setting, task));
    } catch (RuntimeException | Error e) { // or it would never be armed again
      current.compareAndSet(setting, null);
      throw e;
    }
    if (stopped) {
      setting.cancel();
    }
  }

  private void due(Setting setting, Runnable task) {
    // Let go of before the task, so that what happens during it arms anew.
    if (current.compareAndSet(setting, null) && !stopped) {
      task.run();
    }
  }

  /** For good: a closed pool is not to be kept by a clock that outlives it. */
  void stop() {
    stopped = true;
    Setting set = current.get();
    if (set != null) {
      set.cancel();
    }
  }

  boolean isStopped() {
    return stopped;
  }
}

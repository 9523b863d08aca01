package io.quicpool.core;

import io.quicpool.spi.PoolTime;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Decides when the pool looks at idle times: never while nothing changes, and never on a hit.
 *
 * <p>A use carries no time. The first use after a look arms an alarm a tenth of the idle timeout
 * ahead, which attaches the time to everything used meanwhile; so idle times are exact to that
 * tenth, and never too early. A second alarm stands at the deadline of whoever is idle longest.
 */
final class Reaper {
  private final PoolTime time;
  private final long idleTimeoutNanos;
  private final Supplier<Optional<Long>> look;
  private final AtomicBoolean lookArmed = new AtomicBoolean();
  private final AtomicBoolean deadlineArmed = new AtomicBoolean();
  private volatile boolean stopped;

  /**
   * @param look attaches times, expires what is due, and returns how many nanoseconds are left
   *     until the next is
   */
  Reaper(PoolTime time, long idleTimeoutNanos, Supplier<Optional<Long>> look) {
    this.time = time;
    this.idleTimeoutNanos = idleTimeoutNanos;
    this.look = look;
  }

  /** An entry was given back, the first since the last look. */
  void used() {
    if (!lookArmed.get() && !stopped && lookArmed.compareAndSet(false, true)) {
      time.schedule(
          Math.max(1, idleTimeoutNanos / 10),
          () -> {
            lookArmed.set(false); // before the look, so that a use during it arms anew
            lookNow();
          });
    }
  }

  /** An entry came into the pool. */
  void entered() {
    armDeadline(idleTimeoutNanos);
  }

  void stop() {
    stopped = true;
  }

  private void armDeadline(long delayNanos) {
    if (!deadlineArmed.get() && !stopped && deadlineArmed.compareAndSet(false, true)) {
      time.schedule(
          delayNanos,
          () -> {
            deadlineArmed.set(false);
            lookNow();
          });
    }
  }

  private void lookNow() {
    if (!stopped) {
      look.get().ifPresent(this::armDeadline);
    }
  }
}

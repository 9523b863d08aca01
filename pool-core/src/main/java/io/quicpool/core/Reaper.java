package io.quicpool.core;

import io.quicpool.spi.PoolTime;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Decides when the pool looks at idle times: never while nothing changes, and never on a hit.
 *
 * <p>A use carries no time. The first use after a look arms an alarm a tenth of the idle timeout
 * ahead, which attaches the time to everything used meanwhile; so idle times are exact to that
 * tenth, and never too early. A second alarm stands at the deadline of whoever is idle longest.
 */
final class Reaper {
  private final CurrentLimits limits;
  private final Supplier<Optional<Long>> look;
  private final SingleAlarm nextLook;
  private final SingleAlarm deadline;

  /**
   * @param look attaches times, expires what is due, and returns how many nanoseconds are left
   *     until the next is
   */
  Reaper(PoolTime time, CurrentLimits limits, Supplier<Optional<Long>> look) {
    this.limits = limits;
    this.look = look;
    this.nextLook = new SingleAlarm(time);
    this.deadline = new SingleAlarm(time);
  }

  /** An entry was given back, the first since the last look. */
  void used() {
    nextLook.arm(tenth(), this::lookNow);
  }

  /** An entry came into the pool. */
  void entered() {
    deadline.arm(limits.idleTimeoutNanos(), this::lookNow);
  }

  /** The idle timeout was changed. */
  void changed() {
    if (nextLook.isArmed()) {
      nextLook.rearm(tenth(), this::lookNow);
    }
    deadline.rearm(look.get().orElse(limits.idleTimeoutNanos()), this::lookNow);
  }

  void stop() {
    nextLook.stop();
    deadline.stop();
  }

  private long tenth() {
    return Math.max(1, limits.idleTimeoutNanos() / 10);
  }

  private void lookNow() {
    look.get().ifPresent(left -> deadline.arm(left, this::lookNow));
  }
}

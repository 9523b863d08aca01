package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.quicpool.QuicPool;
import io.quicpool.testkit.ManualTime;
import java.time.Duration;

/**
 * Closes a pool, which blocks its caller, on a thread of its own in virtual time. It never moves
 * while whoever follows it does: it is parked, or it is waited for.
 */
final class ClosingThread {
  /** The longest that it may be told to drain. */
  static final Duration LONGEST = Duration.ofSeconds(5);

  private final ManualTime time;
  private final long deadlineNanos;
  private final Background<Boolean> call;
  private boolean interrupted;

  ClosingThread(QuicPool pool, ManualTime time, Duration drain) {
    this.time = time;
    this.deadlineNanos = time.nanos() + drain.toNanos();
    this.call = Background.run(() -> pool.close(drain));
    Background.until(() -> call.isDone() || call.isBlocked());
  }

  /** It waits for what drains until its deadline, and no longer: if so, until it has ended. */
  void follow(boolean drained) throws Exception {
    if (drained || interrupted || time.nanos() - deadlineNanos >= 0) {
      call.result();
    } else {
      assertFalse(call.isDone(), "closed before its deadline (I3)");
    }
  }

  /** From now on it waits for nothing. */
  void interrupt() throws Exception {
    interrupted = true;
    call.interrupt();
    call.result();
  }

  /** Whether it gives what is in use its time still. */
  boolean waits() {
    return !interrupted && time.nanos() - deadlineNanos < 0;
  }

  boolean hasEnded() {
    return call.isDone();
  }

  /** What is due next is what it may wait for, or its deadline. */
  Duration untilNext(Duration most) {
    return time.untilNext().filter(next -> next.compareTo(most) < 0).orElse(most);
  }
}

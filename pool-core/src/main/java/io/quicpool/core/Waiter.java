package io.quicpool.core;

import io.quicpool.Lease;
import io.quicpool.PoolException;
import io.quicpool.core.jfr.AcquireWaitEvent;
import io.quicpool.spi.PoolTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A caller that waits for a lease. Settled once, under the lock of {@link Decisions}; its future is
 * completed after, outside of it.
 */
final class Waiter {
  final Slot slot;
  final long timeoutNanos;
  final CompletableFuture<Lease> future = new CompletableFuture<>();

  /** Since when it has waited; by {@link Announcements}. */
  long sinceNanos;

  /** The wait as it will be recorded; by the same. */
  @Nullable AcquireWaitEvent recorded;

  /** Where the future's dependents run; null for a blocked caller, which has none. */
  private final @Nullable Executor dependents;

  /** Whether it was granted, failed or left; written under the lock of {@link Decisions}. */
  volatile boolean settled;

  Waiter(Slot slot, long timeoutNanos, @Nullable Executor dependents) {
    this.slot = slot;
    this.timeoutNanos = timeoutNanos;
    this.dependents = dependents;
  }

  /** Sets the alarm for its deadline, unless it is served already. */
  void arm(PoolTime time, Runnable onDeadline) {
    arm(time, timeoutNanos, onDeadline);
  }

  /** Sets an alarm that is cancelled when it is served. */
  void arm(PoolTime time, long nanos, Runnable alarm) {
    if (!future.isDone()) {
      PoolTime.Alarm set = time.schedule(nanos, alarm);
      future.whenComplete((lease, failure) -> set.cancel());
    }
  }

  /** Hands the lease over; if the caller has cancelled meanwhile, gives it back. */
  void complete(Lease lease) {
    run(
        () -> {
          if (!future.complete(lease)) {
            lease.close();
          }
        });
  }

  void fail(PoolException failure) {
    run(() -> future.completeExceptionally(failure));
  }

  private void run(Runnable completion) {
    if (dependents == null) {
      completion.run();
    } else {
      dependents.execute(completion);
    }
  }
}

package io.quicpool.it;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for events, with a deadline that only a failure reaches. */
final class Await {
  static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final long GLANCE_NANOS = 500_000;

  private Await() {}

  static <T> T result(CompletionStage<T> stage, String what)
      throws InterruptedException, ExecutionException {
    try {
      return stage.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("did not happen within " + PATIENCE + ": " + what, e);
    }
  }

  /** For what tells nobody when it happens. */
  static void until(BooleanSupplier happened, Supplier<String> what) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!happened.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("did not happen within " + PATIENCE + ": " + what.get());
      }
      LockSupport.parkNanos(GLANCE_NANOS);
    }
  }
}

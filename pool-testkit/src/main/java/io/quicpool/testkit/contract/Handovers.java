package io.quicpool.testkit.contract;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs what an endpoint hands over, and knows whether all of it has run: threads do not keep the
 * order in which tasks were given to them.
 */
final class Handovers implements Executor {
  private static final long GLANCE_NANOS = 100_000;

  private final Executor threads;
  private final AtomicInteger running = new AtomicInteger();

  Handovers(Executor threads) {
    this.threads = threads;
  }

  @Override
  public void execute(Runnable task) {
    running.incrementAndGet();
    threads.execute(
        () -> {
          try {
            task.run();
          } finally {
            running.decrementAndGet();
          }
        });
  }

  /** Returns when all that was handed over has run; a stream handler that waits is waited for. */
  void awaitAll() {
    while (running.get() > 0) { // the test's own timeout ends it
      LockSupport.parkNanos(GLANCE_NANOS);
    }
  }
}

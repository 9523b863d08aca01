package io.quicpool.benchmarks.report;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What is on the heap. */
public final class Heap {
  private static final int COLLECTIONS =
      3; // what a finalizer or a cleaner held goes with a later one

  private static final long SETTLED_BYTES = 10_000;
  private static final long KEPT_BYTES = 1_000_000; // code that ran more often, buffers that stay
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private Heap() {}

  /** As {@link #used}, once nothing more goes of what was there before: it may take its time. */
  public static long settled() {
    long last = used();
    for (long next = used(); next < last - SETTLED_BYTES; next = used()) {
      last = next;
    }
    return last;
  }

  /**
   * Waits until no more is in use than once before: what was closed since may be held for a while,
   * until a finalizer has run for instance, and would be missed later.
   */
  public static void awaitDownTo(long before) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    for (long now = used(); now > before + KEPT_BYTES; now = used()) {
      if (System.nanoTime() - end > 0) {
        throw new IllegalStateException(
            "the heap must come back to " + before + " bytes, was at " + now + " after a minute");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** The bytes in use after everything that is not reachable was collected. */
  public static long used() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < COLLECTIONS; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}

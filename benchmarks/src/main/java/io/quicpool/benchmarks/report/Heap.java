package io.quicpool.benchmarks.report;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;

/** What is on the heap. */
public final class Heap {
  private static final int COLLECTIONS =
      3; // what a finalizer or a cleaner held goes with a later one

  private static final long SETTLED_BYTES = 10_000;

  private Heap() {}

  /** As {@link #used}, once nothing more goes of what was there before: it may take its time. */
  public static long settled() {
    long last = used();
    for (long next = used(); next < last - SETTLED_BYTES; next = used()) {
      last = next;
    }
    return last;
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

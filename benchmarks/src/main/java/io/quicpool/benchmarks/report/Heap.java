package io.quicpool.benchmarks.report;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;

/** What is on the heap. */
public final class Heap {
  private static final int COLLECTIONS =
      3; // what a finalizer or a cleaner held goes with a later one

  private Heap() {}

  /** The bytes in use after everything that is not reachable was collected. */
  public static long used() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < COLLECTIONS; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}

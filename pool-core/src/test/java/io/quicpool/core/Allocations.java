package io.quicpool.core;

import java.lang.reflect.Method;

/** How many bytes a thread has allocated. By reflection, since the module needs it for nothing. */
final class Allocations {
  private final Object threads;
  private final Method allocatedBytes;

  Allocations() throws ReflectiveOperationException {
    threads =
        Class.forName("java.lang.management.ManagementFactory")
            .getMethod("getThreadMXBean")
            .invoke(null);
    allocatedBytes =
        Class.forName("com.sun.management.ThreadMXBean")
            .getMethod("getThreadAllocatedBytes", long.class);
  }

  /** On average per run, when the code is warm. */
  double perRun(int runs, Runnable action) throws ReflectiveOperationException {
    for (int i = 0; i < runs; i++) {
      action.run();
    }
    long before = now();
    for (int i = 0; i < runs; i++) {
      action.run();
    }
    return (double) (now() - before) / runs;
  }

  private long now() throws ReflectiveOperationException {
    return (long) allocatedBytes.invoke(threads, Thread.currentThread().getId());
  }
}

package io.quicpool.cli;

import io.quicpool.PoolStats;
import java.io.File;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;

/**
 * What this process holds at one moment.
 *
 * @param nanos when, on the clock of {@link System#nanoTime}
 * @param heapBytes in use after a collection
 * @param directBytes in the JVM's direct buffers; those that netty makes past it are not among them
 * @param threads that are alive
 * @param descriptors that are open, without the links' own; 0 where the system does not tell
 * @param stats of the pool
 */
record SoakSample(
    long nanos, long heapBytes, long directBytes, int threads, int descriptors, PoolStats stats) {
  private static final String FORMAT = "%8s %10s %8s %6s %9s %9s %8s %6s %6s %6s";

  /**
   * Looks now.
   *
   * @param linkSockets of the links, which remember each dialler's address for minutes
   */
  static SoakSample now(PoolStats stats, int linkSockets) {
    System.gc(); // the heap says nothing otherwise
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    String[] open = new File("/proc/self/fd").list();
    return new SoakSample(
        System.nanoTime(),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        direct,
        ManagementFactory.getThreadMXBean().getThreadCount(),
        open == null ? 0 : open.length - linkSockets,
        stats);
  }

  static String head() {
    return String.format(
        Locale.ROOT,
        FORMAT,
        "time",
        "delivered",
        "failed",
        "wrong",
        "dials",
        "evicted",
        "heap MB",
        "direct",
        "threads",
        "files");
  }

  String line(Duration since, long delivered, long failed, int wrong) {
    return String.format(
        Locale.ROOT,
        FORMAT,
        since.toSeconds() + " s",
        delivered,
        failed,
        wrong,
        stats.dials(),
        stats.evictions(),
        String.format(Locale.ROOT, "%.1f", heapMegabytes()),
        directMegabytes(),
        threads,
        descriptors);
  }

  int directMegabytes() {
    return (int) (directBytes >> 20);
  }

  double heapMegabytes() {
    return heapBytes / 1_048_576.0;
  }
}

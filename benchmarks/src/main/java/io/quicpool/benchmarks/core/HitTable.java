package io.quicpool.benchmarks.core;

import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import org.openjdk.jmh.runner.RunnerException;

/** What a hit costs, beside what a user would take instead (P1). */
public final class HitTable {
  private static final int FORKS = 2;
  private static final double OF_JETTY = 1.0;
  private static final double OF_COUNTED_MAP = 2.5;
  private static final double BYTES = 32;

  private HitTable() {}

  /** Measures with one thread and with two. */
  public static void measure(Report report, boolean quick, Progress progress)
      throws RunnerException {
    JmhResults alone = run(1, quick, progress);
    JmhResults two = run(2, quick, progress);
    Table table =
        report.table("acquire + release, pooled", "1 thread, ns", "2 threads, ns", "bytes");
    for (String name : Contenders.names()) {
      table.row(name, alone.time(name), two.time(name), alone.bytes(name));
    }
    hold(report, "1 thread", alone);
    hold(report, "2 threads", two);
    report.atMost("P1 bytes of an acquire and release", alone.bytes(Contenders.QUICPOOL), BYTES);
  }

  private static JmhResults run(int threads, boolean quick, Progress progress)
      throws RunnerException {
    return new JmhRun(HitBenchmark.class, quick)
        .parameter("contender", Contenders.names())
        .threads(threads)
        .forks(FORKS)
        .run(progress);
  }

  private static void hold(Report report, String threads, JmhResults results) {
    double ours = results.time(Contenders.QUICPOOL);
    report.atMost(
        "P1 hit, " + threads + ", of " + Contenders.JETTY,
        ours / results.time(Contenders.JETTY),
        OF_JETTY);
    report.atMost(
        "P1 hit, " + threads + ", of " + Contenders.COUNTED_MAP,
        ours / results.time(Contenders.COUNTED_MAP),
        OF_COUNTED_MAP);
  }
}

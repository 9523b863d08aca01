package io.quicpool.benchmarks.core;

import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import org.openjdk.jmh.runner.RunnerException;

/** What a dial into a full pool costs, from a thousand connections to a million (P2). */
public final class EvictTable {
  private static final String SMALL = "1000";
  private static final String LARGE = "100000";
  private static final String HUGE = "1000000";
  private static final int FORKS = 2;
  private static final double GROWTH = 3;
  private static final double MICROS = 6.6; // a ten-thousandth of what the reference takes

  private EvictTable() {}

  /** Measures with no connection leased, and with half of them. */
  public static void measure(Report report, boolean quick, Progress progress)
      throws RunnerException {
    String[] caps = quick ? new String[] {SMALL} : new String[] {SMALL, LARGE, HUGE};
    JmhResults results =
        new JmhRun(EvictBenchmark.class, quick)
            .parameter("cap", caps)
            .parameter("leasedPercent", "0", "50")
            .heap("4g")
            .forks(FORKS)
            .run(progress);
    Table table =
        report.table("acquire + release, evicting", "none leased, ns", "half leased, ns", "bytes");
    for (String cap : caps) {
      table.row(
          "cap " + cap, results.time(cap, "0"), results.time(cap, "50"), results.bytes(cap, "0"));
    }
    if (quick) {
      return;
    }
    for (String leased : new String[] {"0", "50"}) {
      report.atMost(
          "P2 cost at 1 000 000 of that at 1 000, " + leased + " % leased",
          results.time(HUGE, leased) / results.time(SMALL, leased),
          GROWTH);
    }
    report.atMost("P2 microseconds at 100 000", results.time(LARGE, "0") / 1_000, MICROS);
  }
}

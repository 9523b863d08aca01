package io.quicpool.benchmarks.net;

import io.quicpool.benchmarks.report.Duel;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import org.HdrHistogram.Histogram;

/** Small messages through the pool and with the stacks alone, on the loopback (P4, P5). */
public final class MessageTable {
  private static final int PEERS = 32;
  private static final int CALLERS_EACH = 2;
  private static final double LATENCY = 1.05;
  private static final double THROUGHPUT = 0.95;
  private static final double LOAD = 0.5;

  private MessageTable() {}

  /** Measures both stacks. */
  public static void measure(Report report, boolean quick, Progress progress) throws Exception {
    int rounds = quick ? 1 : 11;
    int peers = quick ? 4 : PEERS;
    int callers = CALLERS_EACH * peers;
    int single = quick ? 20 : 1_000;
    int many = quick ? 200 : 10_000;
    int turns = quick ? 1 : 2;
    progress.expect(2 * (2 * Duel.steps(rounds) + turns));
    Table latency = report.table("one message at a time, p50", "pool, us", "alone, us", "ratio");
    Table rate = report.table(callers + " callers, messages/s", "pool", "alone", "ratio");
    Table open =
        report.table(
            "open loop at half the rate, us", "pool p50", "alone p50", "pool p99", "alone p99");
    for (Stack stack : Stack.values()) {
      try (Echoes echoes = new Echoes(stack, peers);
          Talker pool = echoes.pooled();
          Talker alone = echoes.bare()) {
        progress.phase(stack + ", one at a time");
        for (int i = 0; i < (quick ? 1 : 5); i++) { // a warm-up
          Messages.medianNanos(pool, peers, single);
          Messages.medianNanos(alone, peers, single);
        }
        long before = echoes.streams();
        Duel one =
            Duel.fight(
                rounds,
                () -> Messages.medianNanos(pool, peers, single) / 1_000,
                () -> Messages.medianNanos(alone, peers, single) / 1_000,
                progress);
        latency.row(stack.toString(), one.ours(), one.theirs(), one.ratio());
        report.atMost("P4 message on " + stack + ", of the stack alone", one.ratio(), LATENCY);

        progress.phase(stack + ", " + callers + " callers");
        Messages.perSecond(pool, peers, callers, many);
        Messages.perSecond(alone, peers, callers, many);
        Duel crowd =
            Duel.fight(
                rounds,
                () -> Messages.perSecond(pool, peers, callers, many),
                () -> Messages.perSecond(alone, peers, callers, many),
                progress);
        rate.row(stack.toString(), crowd.ours(), crowd.theirs(), crowd.ratio());
        report.atLeast(
            "P5 messages/s on " + stack + ", of the stack alone", crowd.ratio(), THROUGHPUT);

        progress.phase(stack + ", open loop");
        double load = LOAD * crowd.theirs();
        Histogram ours = Messages.histogram();
        Histogram theirs = Messages.histogram();
        for (int turn = 0; turn < turns; turn++) {
          boolean first = turn % 2 == 0; // who comes first changes with each turn
          (first ? ours : theirs)
              .add(Messages.openLoop(first ? pool : alone, peers, callers, many, load));
          (first ? theirs : ours)
              .add(Messages.openLoop(first ? alone : pool, peers, callers, many, load));
          progress.step();
        }
        open.row(
            stack.toString(),
            micros(ours, 50),
            micros(theirs, 50),
            micros(ours, 99),
            micros(theirs, 99));
        long sent = 2L * rounds * single + 2L * (rounds + 1) * many + 2L * turns * many;
        if (echoes.streams() - before != sent) {
          throw new IllegalStateException(
              sent + " messages were sent, the peers saw " + (echoes.streams() - before));
        }
      }
    }
  }

  private static double micros(Histogram nanos, double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1_000.0;
  }
}

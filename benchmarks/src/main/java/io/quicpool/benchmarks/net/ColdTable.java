package io.quicpool.benchmarks.net;

import io.quicpool.benchmarks.report.Duel;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The first message to a peer, and the ones after it, over links of several lengths (P6, P7). */
public final class ColdTable {
  private static final Duration COLD_RTT = Duration.ofMillis(50);
  private static final double NETTY_RTTS = 2.2;
  private static final double KWIK_RTTS = 2.7;
  private static final double OF_ALONE = 1.05;
  private static final double POOLED_RTTS = 1.05;
  private static final double POOLED_MILLIS = 2;
  private static final double SPEED_UP = 1.85;
  private static final double SPEED_UP_OF_DEFAULT = 2.7;

  private ColdTable() {}

  /** Measures every pair of stacks. */
  public static void measure(Report report, boolean quick, Progress progress) throws Exception {
    coldPairs(report, quick, progress);
    freshAgainstPooled(report, quick, progress);
  }

  private static void coldPairs(Report report, boolean quick, Progress progress) throws Exception {
    int rounds = quick ? 1 : 5;
    int dials = quick ? 2 : 15;
    List<Line> lines = new ArrayList<>();
    for (Stack from : Stack.values()) {
      for (Stack to : Stack.values()) {
        lines.add(new Line(from, to, false));
      }
    }
    lines.add(new Line(Stack.NETTY, Stack.NETTY, true));
    progress.expect(lines.size() * Duel.steps(rounds));
    Table table =
        report.table(
            "acquire + first echo at " + COLD_RTT.toMillis() + " ms",
            "RTT, ms",
            "pool, RTTs",
            "alone, RTTs",
            "ratio");
    for (Line line : lines) {
      progress.phase(line.toString());
      try (ColdPeer peer = new ColdPeer(line)) {
        peer.warmUp(quick ? 2 : 50);
        peer.rtt(COLD_RTT);
        double before = peer.measureRttMillis(quick ? 3 : 20);
        Duel duel =
            Duel.fight(
                rounds,
                () -> peer.coldPooledMillis(dials),
                () -> peer.coldAloneMillis(dials),
                progress);
        double rtt = Duel.median(before, peer.measureRttMillis(quick ? 3 : 20));
        table.row(line.toString(), rtt, duel.ours() / rtt, duel.theirs() / rtt, duel.ratio());
        boolean netty = line.from() == Stack.NETTY && line.to() == Stack.NETTY;
        report.atMost(
            "P6 RTTs of acquire + first echo, " + line,
            duel.ours() / rtt,
            netty ? NETTY_RTTS : KWIK_RTTS);
        if (!netty) {
          report.atMost(
              "P6 acquire + first echo, " + line + ", of the stack alone", duel.ratio(), OF_ALONE);
        }
      }
    }
  }

  private static void freshAgainstPooled(Report report, boolean quick, Progress progress)
      throws Exception {
    int[] rtts = quick ? new int[] {0} : new int[] {0, 10, 50, 100};
    int messages = quick ? 3 : 30;
    progress.expect(2L * rtts.length);
    Table table =
        report.table(
            "fresh against pooled",
            "RTT, ms",
            "fresh p50, ms",
            "pooled p50, ms",
            "speed-up",
            "of netty's default");
    for (Stack stack : Stack.values()) {
      try (ColdPeer peer = new ColdPeer(new Line(stack, stack, false))) {
        peer.warmUp(quick ? 2 : 50);
        for (int rtt : rtts) {
          progress.phase(stack + " at " + rtt + " ms");
          peer.rtt(Duration.ofMillis(rtt));
          double before = peer.measureRttMillis(messages);
          double fresh = peer.coldPooledMillis(messages);
          double byDefault = stack == Stack.NETTY ? peer.coldDefaultMillis(messages) : Double.NaN;
          double pooled = peer.pooledMillis(rtt == 0 ? 10 * messages : messages);
          double link = Duel.median(before, peer.measureRttMillis(messages));
          String line = stack + " at " + rtt + " ms";
          table.row(line, link, fresh, pooled, fresh / pooled, byDefault / pooled);
          report.atMost("P7 pooled p50 in ms, " + line, pooled, POOLED_RTTS * link + POOLED_MILLIS);
          if (rtt >= 10) {
            report.atLeast("P7 speed-up, " + line, fresh / pooled, SPEED_UP);
          }
          if (rtt >= 10 && stack == Stack.NETTY) {
            report.atLeast(
                "P7 speed-up of netty's default connect, " + line,
                byDefault / pooled,
                SPEED_UP_OF_DEFAULT);
          }
          progress.step();
        }
      }
    }
  }

  /**
   * Who dials whom.
   *
   * @param from the dialler's stack
   * @param to the listener's
   * @param mutual whether the listener demands a certificate
   */
  record Line(Stack from, Stack to, boolean mutual) {
    @Override
    public String toString() {
      return from + " to " + to + (mutual ? ", mutual TLS" : "");
    }
  }
}

package io.quicpool.benchmarks.core;

import io.quicpool.benchmarks.report.Duel;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/**
 * What a hit costs, beside what a user would take instead (P1).
 *
 * <p>Those that the pool is held to take turns with it, a JVM each in every round: what two threads
 * pay for a cache line that both write changes with the minutes on a shared machine. What is
 * compared is each round's ratio; of those, as of the times, the median is told.
 */
public final class HitTable {
  private static final int ROUNDS = 5;
  private static final int IN_TURNS = 3;
  private static final double OF_JETTY = 1.0;
  private static final double OF_COUNTED_MAP = 2.5;
  private static final double BYTES = 32;
  private static final List<String> TAKE_TURNS =
      List.of(
          Contenders.QUICPOOL,
          Contenders.JETTY,
          Contenders.COUNTED_MAP,
          Contenders.ORDERED_MAP,
          Contenders.RECORDED_QUICPOOL);

  private HitTable() {}

  /** What one contender took in each round, and what it allocates. */
  private static final class Lane {
    private final List<Double> times = new ArrayList<>();
    private double bytes;

    void add(double time, double allocated) {
      times.add(time);
      bytes = Math.max(bytes, allocated);
    }

    double time() {
      return Duel.median(times.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** The median of this one's rounds, each divided by the other's in the same round. */
    double of(Lane other) {
      double[] ratios = new double[times.size()];
      Arrays.setAll(ratios, round -> times.get(round) / other.times.get(round));
      return Duel.median(ratios);
    }
  }

  /** All contenders with so many threads. */
  private static final class Lanes {
    private final Map<String, Lane> byName = new LinkedHashMap<>();

    Lane of(String contender) {
      return byName.computeIfAbsent(contender, name -> new Lane());
    }

    double ratioTo(String contender) {
      return of(Contenders.QUICPOOL).of(of(contender));
    }
  }

  /** Measures with one thread and with two. */
  public static void measure(Report report, boolean quick, Progress progress)
      throws RunnerException {
    Lanes alone = run(1, quick, progress);
    Lanes two = run(2, quick, progress);
    Table table =
        report.table("acquire + release, pooled", "1 thread, ns", "2 threads, ns", "bytes");
    for (String name : Contenders.names()) {
      table.row(name, alone.of(name).time(), two.of(name).time(), alone.of(name).bytes);
    }
    Table ratios = report.table("quicpool, in turns with", "1 thread", "2 threads");
    for (String name : TAKE_TURNS) {
      if (!name.equals(Contenders.QUICPOOL)) {
        ratios.row("of " + name, alone.ratioTo(name), two.ratioTo(name));
      }
    }
    hold(report, "1 thread", alone);
    hold(report, "2 threads", two);
    report.atMost(
        "P1 bytes of an acquire and release",
        Math.max(alone.of(Contenders.QUICPOOL).bytes, two.of(Contenders.QUICPOOL).bytes),
        BYTES);
  }

  private static Lanes run(int threads, boolean quick, Progress progress) throws RunnerException {
    Lanes lanes = new Lanes();
    for (int round = 0; round < (quick ? 1 : ROUNDS); round++) {
      for (String name : inTurn(round)) {
        measure(name, one(name, threads, quick).iterations(IN_TURNS), lanes, progress);
      }
    }
    for (String name : Contenders.names()) {
      if (!TAKE_TURNS.contains(name)) {
        measure(name, one(name, threads, quick), lanes, progress);
      }
    }
    return lanes;
  }

  private static void measure(String contender, JmhRun run, Lanes into, Progress progress)
      throws RunnerException {
    JmhResults results = run.run(progress);
    into.of(contender).add(results.time(contender), results.bytes(contender));
  }

  /** Another one comes first in each round. */
  private static List<String> inTurn(int round) {
    List<String> order = new ArrayList<>();
    for (int i = 0; i < TAKE_TURNS.size(); i++) {
      order.add(TAKE_TURNS.get((round + i) % TAKE_TURNS.size()));
    }
    return order;
  }

  private static JmhRun one(String contender, int threads, boolean quick) {
    return new JmhRun(HitBenchmark.class, quick).parameter("contender", contender).threads(threads);
  }

  private static void hold(Report report, String threads, Lanes lanes) {
    report.atMost(
        "P1 hit, " + threads + ", of " + Contenders.JETTY,
        lanes.ratioTo(Contenders.JETTY),
        OF_JETTY);
    report.atMost(
        "P1 hit, " + threads + ", of " + Contenders.COUNTED_MAP,
        lanes.ratioTo(Contenders.COUNTED_MAP),
        OF_COUNTED_MAP);
  }
}

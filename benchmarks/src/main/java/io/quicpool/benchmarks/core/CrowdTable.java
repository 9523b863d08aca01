package io.quicpool.benchmarks.core;

import io.quicpool.QuicPool;
import io.quicpool.benchmarks.nulls.NullPools;
import io.quicpool.benchmarks.nulls.NullTransport;
import io.quicpool.benchmarks.report.Duel;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** How a crowd gets on with a pool that is too small for it (P10). */
public final class CrowdTable {
  private static final double OF_COMMONS = 1.5;
  private static final int ROUNDS = 5;

  private CrowdTable() {}

  /** Measures the pool and commons-pool2 in turn, and then who overtakes whom. */
  public static void measure(Report report, boolean quick, Progress progress) throws Exception {
    long nanos = quick ? TimeUnit.MILLISECONDS.toNanos(100) : TimeUnit.SECONDS.toNanos(3);
    int rounds = quick ? 1 : ROUNDS;
    progress.expect(2 * Duel.steps(rounds) + 2);
    List<Crowd.Result> ours = new ArrayList<>();
    List<Crowd.Result> commons = new ArrayList<>();
    List<Crowd.Result> strict = new ArrayList<>();
    progress.phase("warm-up");
    crowd(CrowdTable::quicpool, nanos, new ArrayList<>());
    crowd(CrowdTable::commons, nanos, new ArrayList<>());
    crowd(CrowdTable::strict, nanos, new ArrayList<>());
    progress.step();
    progress.phase("leases");
    Duel duel = fight(rounds, ours, CrowdTable::commons, nanos, commons, progress);
    Duel other = fight(rounds, new ArrayList<>(), CrowdTable::strict, nanos, strict, progress);
    progress.phase("order");
    Overtaking.Result order = order(nanos);
    progress.step();

    Table table =
        report.table(
            Crowd.THREADS + " threads, " + Crowd.PEERS + " peers, cap " + Crowd.CAP,
            "leases/s",
            "longest wait, ms",
            "connections made/s");
    row(table, Contenders.QUICPOOL, duel.ours(), ours);
    row(table, Contenders.COMMONS, duel.theirs(), commons);
    row(table, Contenders.HTTPCORE_STRICT, other.theirs(), strict);
    Table ratios = report.table("leases/s of " + Contenders.QUICPOOL, "of the rival's");
    ratios.row(Contenders.COMMONS, duel.ratio());
    ratios.row(Contenders.HTTPCORE_STRICT, other.ratio());
    report
        .table("waiting for room", "waits", "overtaken")
        .row(Contenders.QUICPOOL, (double) order.waits(), (double) order.overtaken());
    report.atLeast("P10 leases a second, of " + Contenders.COMMONS, duel.ratio(), OF_COMMONS);
    report.atMost("P10 waiters overtaken by later ones", (double) order.overtaken(), 0);
    if (order.waits() == 0) {
      throw new IllegalStateException("somebody must have waited, nobody did");
    }
  }

  private static Contender quicpool() {
    return new QuicpoolContender(Crowd.CAP);
  }

  private static Contender commons() {
    return new CommonsContender(Crowd.CAP, Crowd.CAP, true);
  }

  private static Contender strict() {
    return HttpcoreContender.strict(Crowd.CAP, Crowd.CAP);
  }

  private static Duel fight(
      int rounds,
      List<Crowd.Result> ours,
      Supplier<Contender> rival,
      long nanos,
      List<Crowd.Result> theirs,
      Progress progress)
      throws Exception {
    return Duel.fight(
        rounds,
        () -> crowd(CrowdTable::quicpool, nanos, ours),
        () -> crowd(rival, nanos, theirs),
        progress);
  }

  private static double crowd(Supplier<Contender> maker, long nanos, List<Crowd.Result> results)
      throws InterruptedException, ExecutionException {
    try (Contender contender = maker.get()) {
      Crowd.Result result = Crowd.run(contender, nanos);
      results.add(result);
      return result.perSecond();
    }
  }

  private static Overtaking.Result order(long nanos)
      throws IOException, InterruptedException, ExecutionException {
    DialOrder dials = new DialOrder();
    try (QuicPool pool =
        NullPools.builder(new NullTransport()).maxConnections(Crowd.CAP).listener(dials).open()) {
      return Overtaking.run(pool, dials, nanos);
    }
  }

  private static void row(Table table, String name, double perSecond, List<Crowd.Result> results) {
    table.row(
        name,
        perSecond,
        results.stream().mapToDouble(Crowd.Result::longestWaitMillis).max().orElseThrow(),
        Duel.median(results.stream().mapToDouble(Crowd.Result::madePerSecond).toArray()));
  }
}

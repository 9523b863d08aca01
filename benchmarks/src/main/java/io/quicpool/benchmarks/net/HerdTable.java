package io.quicpool.benchmarks.net;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.benchmarks.report.Duel;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Callers by the thousand who want the same peer, to which there is no connection yet (P8). */
public final class HerdTable {
  private static final int CALLERS = 10_000;
  private static final int DIALS = 15;
  private static final double DIALS_LONG = 1.5;
  private static final double MILLIS = 200;

  private HerdTable() {}

  /** Measures both stacks. */
  public static void measure(Report report, boolean quick, Progress progress) throws Exception {
    int callers = quick ? 100 : CALLERS;
    int rounds = quick ? 1 : 5;
    progress.expect(2L * rounds);
    Table table =
        report.table(
            callers + " callers of a cold peer", "one dial, ms", "all served, ms", "dials");
    for (Stack stack : Stack.values()) {
      progress.phase(stack.toString());
      try (Echoes echoes = new Echoes(stack, 1);
          PooledTalker talker = echoes.pooled()) {
        Peer peer = echoes.peers().get(0);
        double[] one = new double[rounds];
        double[] all = new double[rounds];
        herd(talker.pool(), peer, callers); // a warm-up
        double most = 0;
        for (int round = 0; round < rounds; round++) {
          one[round] = dialMillis(talker.pool(), peer, quick ? 1 : DIALS);
          long before = talker.pool().stats().dials();
          all[round] = herd(talker.pool(), peer, callers);
          most = Math.max(most, (double) (talker.pool().stats().dials() - before));
          progress.step();
        }
        double dial = Duel.median(one);
        double served = Duel.median(all);
        table.row(stack.toString(), dial, served, most);
        report.atMost("P8 dials for " + callers + " callers on " + stack, most, 1);
        report.atMost("P8 ms until all are served on " + stack, served, DIALS_LONG * dial + MILLIS);
      }
    }
  }

  private static double dialMillis(QuicPool pool, Peer peer, int count) throws IOException {
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      pool.invalidate(peer);
      long start = System.nanoTime();
      pool.acquire(peer).close();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    return Duel.median(millis);
  }

  private static double herd(QuicPool pool, Peer peer, int callers) {
    pool.invalidate(peer);
    long start = System.nanoTime();
    List<CompletableFuture<Lease>> waiting = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      waiting.add(pool.acquireAsync(peer));
    }
    long connection = waiting.get(0).join().connection().id();
    for (CompletableFuture<Lease> one : waiting) {
      if (one.join().connection().id() != connection) {
        throw new IllegalStateException("all callers must share one connection");
      }
    }
    double millis = (System.nanoTime() - start) / 1e6;
    waiting.forEach(one -> one.join().close());
    return millis;
  }
}

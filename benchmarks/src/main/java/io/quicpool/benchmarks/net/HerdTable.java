package io.quicpool.benchmarks.net;

import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PeerResolver;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.benchmarks.report.Duel;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Callers by the thousand who want the same peer, to which there is no connection yet (P8). */
public final class HerdTable {
  private static final int CALLERS = 10_000;
  private static final int DIALS = 15;
  private static final double DIALS_LONG = 1.5;
  private static final double MILLIS = 200;

  private static final Peer PEER = Peer.named("herded");

  private HerdTable() {}

  /** Measures both stacks. */
  public static void measure(Report report, boolean quick, Progress progress) throws Exception {
    int callers = quick ? 100 : CALLERS;
    int rounds = quick ? 1 : 5;
    progress.expect(2L * rounds);
    Table table =
        report.table(
            callers + " callers of a cold peer",
            "one dial, ms",
            "all served, ms",
            "slowest round, ms",
            "dials");
    for (Stack stack : Stack.values()) {
      progress.phase(stack.toString());
      Gate gate = new Gate();
      try (Echoes echoes = new Echoes(stack, 1);
          QuicPool pool = echoes.builder().peerResolver(gate).open()) {
        gate.leadsTo(echoes.endpoint());
        double[] one = new double[rounds];
        double[] all = new double[rounds];
        herd(pool, gate, callers); // a warm-up
        double most = 0;
        for (int round = 0; round < rounds; round++) {
          one[round] = dialMillis(pool, quick ? 1 : DIALS);
          PoolStats before = pool.stats();
          all[round] = herd(pool, gate, callers);
          PoolStats after = pool.stats();
          most = Math.max(most, (double) (after.dials() - before.dials()));
          if (after.misses() - before.misses() != callers) {
            throw new IllegalStateException("every caller must find the peer cold: " + after);
          }
          progress.step();
        }
        double dial = Duel.median(one);
        double served = Duel.median(all);
        table.row(stack.toString(), dial, served, Arrays.stream(all).max().orElseThrow(), most);
        report.atMost("P8 dials for " + callers + " callers on " + stack, most, 1);
        report.atMost("P8 ms until all are served on " + stack, served, DIALS_LONG * dial + MILLIS);
      }
    }
  }

  private static double dialMillis(QuicPool pool, int count) throws IOException {
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      pool.invalidate(PEER);
      long start = System.nanoTime();
      pool.acquire(PEER).close();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    return Duel.median(millis);
  }

  /** From the first who asks to the last who is served; the dial begins when all have asked. */
  private static double herd(QuicPool pool, Gate gate, int callers) {
    pool.invalidate(PEER);
    gate.shut();
    long start = System.nanoTime();
    List<CompletableFuture<Lease>> waiting = new ArrayList<>();
    for (int i = 0; i < callers; i++) {
      waiting.add(pool.acquireAsync(PEER));
    }
    gate.open();
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

  /** Says where the peer is, but to nobody while it is shut. */
  private static final class Gate implements PeerResolver {
    private List<Endpoint> known = List.of();
    private volatile CompletableFuture<List<Endpoint>> answer = new CompletableFuture<>();

    void leadsTo(Endpoint endpoint) {
      known = List.of(endpoint);
      open();
    }

    void shut() {
      answer = new CompletableFuture<>();
    }

    void open() {
      answer.complete(known);
    }

    @Override
    public CompletionStage<List<Endpoint>> endpoints(Peer peer) {
      return answer;
    }
  }
}

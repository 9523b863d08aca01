package io.quicpool.benchmarks.net;

import io.quicpool.benchmarks.report.Duel;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import io.quicpool.testkit.TestCertificates;
import java.io.IOException;
import java.util.List;

/** A large message through the pool and with the stacks alone, on the loopback (P5). */
public final class BulkTable {
  private static final long BYTES = 100_000_000;
  private static final long QUICK_BYTES = 1_000_000;
  private static final double THROUGHPUT = 0.90;

  private BulkTable() {}

  /** Measures both stacks. */
  public static void measure(Report report, boolean quick, Progress progress) throws Exception {
    int rounds = quick ? 1 : 15;
    long bytes = quick ? QUICK_BYTES : BYTES;
    progress.expect(2 * (Duel.steps(rounds) + 2));
    Table table =
        report.table(bytes / 1_000_000 + " MB on one stream, MB/s", "pool", "alone", "ratio");
    for (Stack stack : Stack.values()) {
      progress.phase(stack.toString());
      TestCertificates authority = TestCertificates.create("benchmarks");
      try (SinkPeer sink = new SinkPeer(stack.transport(), authority, Echoes.ALPN);
          Talker pool =
              new PooledTalker(
                  Echoes.builder(stack, authority.trusting()).open(),
                  List.of(Echoes.at(sink.address())));
          Talker alone =
              new BareTalker(
                  stack.bare(Echoes.ALPN, authority.trustManager()), List.of(sink.address()))) {
        perSecond(pool, bytes); // a warm-up
        progress.step();
        perSecond(alone, bytes);
        progress.step();
        Duel duel =
            Duel.fight(
                rounds, () -> perSecond(pool, bytes), () -> perSecond(alone, bytes), progress);
        table.row(stack.toString(), duel.ours(), duel.theirs(), duel.ratio());
        report.atLeast("P5 MB/s on " + stack + ", of the stack alone", duel.ratio(), THROUGHPUT);
      }
    }
  }

  private static double perSecond(Talker talker, long bytes) throws IOException {
    long start = System.nanoTime();
    long read = talker.upload(0, bytes);
    double seconds = (System.nanoTime() - start) / 1e9;
    if (read != bytes) {
      throw new IllegalStateException(bytes + " bytes were sent, the peer read " + read);
    }
    return bytes / 1e6 / seconds;
  }
}

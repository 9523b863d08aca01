package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.benchmarks.nulls.NullPools;
import io.quicpool.benchmarks.nulls.NullTransport;
import io.quicpool.benchmarks.report.Heap;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import java.io.IOException;
import java.lang.ref.Reference;

/** What the pool keeps on the heap for each idle connection (P3). */
public final class MemoryTable {
  private static final double BYTES = 200;

  private MemoryTable() {}

  /** Measures pools of several sizes. */
  public static void measure(Report report, boolean quick, Progress progress) throws IOException {
    int[] sizes = quick ? new int[] {1_000} : new int[] {1_000, 100_000, 1_000_000};
    progress.expect(sizes.length);
    Table table = report.table("heap of an idle connection", "bytes");
    double last = 0;
    for (int size : sizes) {
      progress.phase(size + " connections");
      last = bytesEach(size);
      table.row(size + " connections", last);
      progress.step();
    }
    if (!quick) {
      report.atMost("P3 bytes of an idle connection at 1 000 000", last, BYTES);
    }
  }

  /**
   * The difference that the pool makes. The peers, as the user has them, and the transport's
   * connections are made before it, and are there in both measurements.
   */
  private static double bytesEach(int size) throws IOException {
    Peer[] peers = NullPools.peers(size);
    NullTransport transport = new NullTransport();
    transport.prepare(size);
    long before = Heap.used();
    QuicPool pool = NullPools.builder(transport).maxConnections(size).open();
    try {
      NullPools.fill(pool, peers, size);
      long after = Heap.used();
      if (pool.stats().idle() != size) {
        throw new IllegalStateException(size + " must be idle, was " + pool.stats());
      }
      return (double) (after - before) / size;
    } finally {
      pool.close();
      Reference.reachabilityFence(peers);
      Reference.reachabilityFence(transport);
    }
  }
}

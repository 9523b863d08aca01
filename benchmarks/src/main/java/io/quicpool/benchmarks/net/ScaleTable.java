package io.quicpool.benchmarks.net;

import com.sun.management.OperatingSystemMXBean;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.benchmarks.report.Duel;
import io.quicpool.benchmarks.report.Heap;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import io.quicpool.benchmarks.report.Table;
import io.quicpool.testkit.TestCertificates;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Live connections by the thousand over netty in one process, their peer in another (P9). */
public final class ScaleTable {
  private static final int CONNECTIONS = 10_000;
  private static final int FEW = 100;
  private static final double HEAP = 1.3;
  private static final double CORE_PERCENT = 5;
  private static final double HIT = 1.1;
  private static final int ROUNDS = 3;

  private ScaleTable() {}

  /** Measures heap, idle processor time and hits. */
  public static void measure(Report report, boolean quick, Progress progress) throws Exception {
    int count = quick ? 200 : CONNECTIONS;
    TestCertificates authority = TestCertificates.create("benchmarks");
    int rounds = quick ? 1 : ROUNDS;
    progress.expect(2L * rounds * count + count + FEW + 3);
    try (PeerProcess peer = new PeerProcess(authority)) {
      warmUp(authority, peer.address());
      long free = Heap.settled();
      // First, or the process would still have the garbage of the heap's rounds to look after.
      idleAndHits(report, quick, count, authority, peer.address(), progress);
      progress.phase("heap");
      Duel heap =
          Duel.fight(
              rounds,
              () -> {
                Heap.awaitDownTo(free);
                return heapPooled(authority, peer.address(), count, progress);
              },
              () -> {
                Heap.awaitDownTo(free);
                return heapAlone(authority, peer.address(), count, progress);
              },
              Progress.silent());
      report
          .table(count + " live connections", "pool", "alone", "ratio")
          .row("heap of a connection, bytes", heap.ours(), heap.theirs(), heap.ratio());
      report.atMost("P9 heap of a connection, of the stack alone", heap.ratio(), HEAP);
    }
  }

  private static void idleAndHits(
      Report report,
      boolean quick,
      int count,
      TestCertificates authority,
      InetSocketAddress peer,
      Progress progress)
      throws Exception {
    try (QuicPool small = pool(authority, peer, FEW);
        QuicPool large = pool(authority, peer, count)) {
      progress.phase("idle, empty");
      double empty = idlePercent(quick ? 1 : 20);
      progress.step();
      progress.phase("filling");
      fill(large, count, progress);
      fill(small, FEW, progress);
      progress.phase("idle");
      idlePercent(quick ? 1 : 60); // four rounds of probes, which the JIT compiles meanwhile
      double percent = idlePercent(quick ? 1 : 120);
      progress.step();
      progress.phase("hits");
      Duel hits =
          Duel.fight(
              quick ? 1 : 15,
              () -> hitNanos(large, FEW),
              () -> hitNanos(small, FEW),
              Progress.silent());
      double all = hitNanos(large, count);
      progress.step();
      if (large.stats().open() != count || large.stats().dials() != count) {
        throw new IllegalStateException(count + " must be open still, was " + large.stats());
      }
      Table idle = report.table("with the health monitor on", "of a core, %");
      idle.row("no connection", empty);
      idle.row(count + " idle connections", percent);
      report
          .table("a hit, ns", "pool of " + count, "pool of " + FEW, "ratio")
          .row("the same " + FEW + " peers", hits.ours(), hits.theirs(), hits.ratio());
      report.table("a hit, ns", "pool of " + count).row("all of its peers in turn", all);
      report.atMost("P9 idle, % of a core", percent, CORE_PERCENT);
      report.atMost("P9 hit with " + count + " pooled, of one with " + FEW, hits.ratio(), HIT);
    }
  }

  private static void warmUp(TestCertificates authority, InetSocketAddress peer) throws Exception {
    heapAlone(authority, peer, FEW, Progress.silent());
    heapPooled(authority, peer, FEW, Progress.silent());
  }

  private static double heapPooled(
      TestCertificates authority, InetSocketAddress peer, int count, Progress progress)
      throws IOException {
    try (QuicPool pool = pool(authority, peer, count)) {
      long before = Heap.settled();
      fill(pool, count, progress);
      double each = (double) (Heap.used() - before) / count;
      if (pool.stats().open() != count) {
        throw new IllegalStateException(count + " must be open still, was " + pool.stats());
      }
      return each;
    }
  }

  private static double heapAlone(
      TestCertificates authority, InetSocketAddress peer, int count, Progress progress)
      throws IOException {
    try (BareStack stack = Stack.NETTY.bare(Echoes.ALPN, authority.trustManager())) {
      List<BareConnection> connections = new ArrayList<>(count);
      long before = Heap.settled();
      for (int i = 0; i < count; i++) {
        connections.add(stack.connect(peer));
        progress.step();
      }
      double each = (double) (Heap.used() - before) / count;
      if (!connections.stream().allMatch(BareConnection::isUp)) {
        throw new IllegalStateException("all " + count + " connections must be up still");
      }
      connections.forEach(BareConnection::close);
      return each;
    }
  }

  private static QuicPool pool(TestCertificates authority, InetSocketAddress peer, int count)
      throws IOException {
    Endpoint there = Endpoint.of(peer.getAddress().getHostAddress(), peer.getPort());
    var known = CompletableFuture.completedFuture(List.of(there));
    return Echoes.builder(Stack.NETTY, authority.trusting())
        .maxConnections(count)
        .idleTimeout(Duration.ofHours(1)) // none is to expire while it is looked at
        .peerResolver(any -> known)
        .open();
  }

  private static Peer peer(int number) {
    return Peer.named("peer-" + number);
  }

  private static void fill(QuicPool pool, int count, Progress progress) throws IOException {
    for (int i = 0; i < count; i++) {
      pool.acquire(peer(i)).close();
      progress.step();
    }
  }

  /** How much of a core this process takes while nobody asks anything of it. */
  private static double idlePercent(int seconds) throws InterruptedException {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds); // what is measured is time without work
    return 100.0 * (system.getProcessCpuTime() - cpu) / (System.nanoTime() - start);
  }

  private static double hitNanos(QuicPool pool, int of) throws IOException {
    int hits = 1_000_000;
    Peer[] peers = new Peer[of];
    for (int i = 0; i < of; i++) {
      peers[i] = peer(i);
    }
    long start = System.nanoTime();
    long ids = 0;
    for (int i = 0; i < hits; i++) {
      try (Lease lease = pool.acquire(peers[i % of])) {
        ids += lease.connection().id();
      }
    }
    double nanos = (double) (System.nanoTime() - start) / hits;
    if (ids <= 0) {
      throw new IllegalStateException("every connection has a number above 0");
    }
    return nanos;
  }
}

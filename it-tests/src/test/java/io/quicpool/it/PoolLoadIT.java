package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Peer;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.testkit.EchoPeer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many threads, twice as many peers as the pool may hold. Which peer is asked follows Zipf's law,
 * so that most messages hit and evictions never stop; {@code -Dquicpool.messages=N} changes how
 * many there are: 100 000 on both stacks with {@code -Pscoreboard}.
 */
@Timeout(300)
class PoolLoadIT {
  private static final int THREADS = 64;
  private static final int PEERS = 32;
  private static final int CAP = 16;
  private static final int MESSAGES = Integer.getInteger("quicpool.messages", 4_000);

  private static final int MAX_BYTES = 600;
  private static final double SKEW = 2;
  private static final double[] SHARES = shares();
  private static final long SEED = 20_260_101;

  @Test
  void noMessageIsLostOnNettyAndTheCapHoldsWhileEvictionWorksHard() throws Exception {
    noMessageIsLost("netty");
  }

  @Test
  void noMessageIsLostOnKwikAndTheCapHoldsWhileEvictionWorksHard() throws Exception {
    noMessageIsLost("kwik");
  }

  private void noMessageIsLost(String transport) throws Exception {
    Talk.warmUp(transport);
    Footprint base = Footprint.now();
    Recorder told = new Recorder();
    List<EchoPeer> peers = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
    QuicPool pool =
        Talk.pool(transport)
            .maxConnections(CAP)
            .acquireTimeout(Duration.ofMinutes(2))
            .connectTimeout(Duration.ofSeconds(30))
            .listener(told)
            .open();
    try {
      for (int i = 0; i < PEERS; i++) {
        peers.add(Talk.echo(transport));
      }
      run(pool, peers.stream().map(EchoPeer::peer).toList(), threads);
      int served = peers.stream().mapToInt(EchoPeer::streams).sum();
      int failed = peers.stream().mapToInt(EchoPeer::failedStreams).sum();
      List<IOException> kept = peers.stream().flatMap(peer -> peer.failures().stream()).toList();
      List<IOException> failures =
          peers.stream()
              .flatMap(peer -> Talk.failures(peer, RemovalCause.EVICTED).stream())
              .toList();
      PoolStats stats = pool.stats();
      System.out.println(transport + ": " + stats);

      assertEquals(MESSAGES, served, "streams that the peers saw");
      assertEquals(failed, kept.size(), "a peer keeps only the first of so many failures");
      assertEquals(List.of(), failures, "streams that failed at the peers");
      assertEquals(0, stats.dialsFailed());
      assertEquals(0, stats.removedDead());
      assertEquals(0, stats.policyFaults());
      assertTrue(stats.evictions() >= MESSAGES / 50, () -> "evictions: " + stats);
    } finally {
      threads.shutdownNow();
      pool.close();
      peers.forEach(EchoPeer::close);
    }
    assertAllClosed(pool, told);
    base.awaitReturn();
  }

  private static void assertAllClosed(QuicPool pool, Recorder told) {
    PoolStats end = pool.stats();
    assertEquals(0, end.open() + end.dialling() + end.draining() + end.waiting());
    assertEquals(0, end.leased() + end.streams());
    assertEquals(end.opened(), end.closed());
    Await.until(() -> told.closed == end.closed(), () -> "the listener hears of every close");
    assertEquals(end.opened(), told.opened);
    assertEquals(0, told.open);
    assertTrue(told.mostOpen <= CAP, () -> "at most open: " + told.mostOpen);
    assertEquals(List.of(), told.wrong);
  }

  private static void run(QuicPool pool, List<Peer> peers, ExecutorService threads)
      throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    Future<?> watch = threads.submit(() -> watch(pool, done));
    AtomicInteger next = new AtomicInteger();
    List<Callable<Void>> work = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      SplittableRandom random = new SplittableRandom(SEED + i);
      work.add(
          () -> {
            for (int n = next.getAndIncrement(); n < MESSAGES; n = next.getAndIncrement()) {
              exchange(pool, peers.get(zipf(random)), random, n);
            }
            return null;
          });
    }
    try {
      for (Future<Void> thread : threads.invokeAll(work)) {
        thread.get();
      }
    } finally {
      done.set(true);
    }
    watch.get();
  }

  /** Looks at the pool all the time. */
  private static void watch(QuicPool pool, AtomicBoolean done) {
    while (!done.get()) {
      PoolStats stats = pool.stats();
      assertTrue(stats.open() + stats.dialling() <= CAP, stats::toString);
      assertTrue(stats.draining() <= CAP, stats::toString);
      assertEquals(stats.opened(), stats.closed() + stats.open() + stats.draining());
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static void exchange(QuicPool pool, Peer peer, SplittableRandom random, int number)
      throws IOException {
    byte[] request = new byte[random.nextInt(MAX_BYTES)];
    random.nextBytes(request);
    try (QuicStream stream = pool.openStream(peer)) {
      stream.output().write(request);
      stream.output().close();
      byte[] reply = stream.input().readAllBytes();
      assertTrue(
          Arrays.equals(request, reply),
          () ->
              "message "
                  + number
                  + " of "
                  + request.length
                  + " bytes came back as "
                  + reply.length
                  + " bytes");
    }
  }

  /** A rank below {@link #PEERS}, the lower the likelier. */
  private static int zipf(SplittableRandom random) {
    int found = Arrays.binarySearch(SHARES, random.nextDouble());
    return Math.min(found < 0 ? -found - 1 : found, PEERS - 1);
  }

  /** How much of all traffic the peers up to each rank get. */
  private static double[] shares() {
    double[] shares = new double[PEERS];
    for (int rank = 0; rank < PEERS; rank++) {
      shares[rank] = Math.pow(rank + 1, -SKEW) + (rank == 0 ? 0 : shares[rank - 1]);
    }
    return Arrays.stream(shares).map(share -> share / shares[PEERS - 1]).toArray();
  }
}

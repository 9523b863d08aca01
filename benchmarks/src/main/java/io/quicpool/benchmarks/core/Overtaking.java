package io.quicpool.benchmarks.core;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.benchmarks.nulls.NullPools;
import io.quicpool.benchmarks.report.Callers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks whether those who wait for room are served in the order in which they came.
 *
 * <p>Who waits for a connection that has to be made, and began to wait before somebody else so much
 * as asked, must have its dial decided on before that one's: see {@link DialOrder}. All who wait
 * for the same peer stand where the first of them stands. So whatever the scheduler does to the
 * threads, an overtaking that is counted is one.
 */
final class Overtaking {
  /**
   * Somebody who asked.
   *
   * @param asked when it had not asked yet
   * @param waited when it waited already; {@link Long#MAX_VALUE} if it was served by then
   * @param connection what it got in the end
   */
  private record Wait(long asked, long waited, long connection) {
    boolean isOne() {
      return waited != Long.MAX_VALUE;
    }
  }

  /** A connection: when the first who got it asked, and when the first who waited for it did. */
  private static final class Made {
    long asked = Long.MAX_VALUE;
    long waited = Long.MAX_VALUE;

    void add(Wait wait) {
      asked = Math.min(asked, wait.asked());
      waited = Math.min(waited, wait.waited());
    }
  }

  /**
   * What came of it.
   *
   * @param waits how often somebody was not served at once
   * @param overtaken how many connections were dialled after one that was asked for later
   */
  record Result(long waits, long overtaken) {}

  private Overtaking() {}

  /** Lets the threads of a {@link Crowd} loose on a pool for so long. */
  static Result run(QuicPool pool, DialOrder order, long nanos)
      throws InterruptedException, ExecutionException {
    Peer[] peers = NullPools.peers(Crowd.PEERS);
    long until = System.nanoTime() + nanos;
    Map<Long, Made> connections = new HashMap<>();
    long waits = 0;
    for (List<Wait> seen :
        Callers.together(
            Crowd.THREADS, seed -> take(pool, peers, new SplittableRandom(seed), until))) {
      for (Wait wait : seen) {
        connections.computeIfAbsent(wait.connection(), id -> new Made()).add(wait);
        waits += wait.isOne() ? 1 : 0;
      }
    }
    return new Result(waits, overtaken(connections, order.ranks(pool.stats().opened())));
  }

  private static List<Wait> take(QuicPool pool, Peer[] peers, SplittableRandom random, long until)
      throws IOException, InterruptedException, ExecutionException {
    List<Wait> waits = new ArrayList<>();
    while (System.nanoTime() - until < 0) {
      long asked = System.nanoTime();
      CompletableFuture<Lease> future = pool.acquireAsync(peers[random.nextInt(Crowd.PEERS)]);
      boolean waiting = !future.isDone();
      long waited = System.nanoTime();
      try (Lease lease = future.get()) {
        waits.add(new Wait(asked, waiting ? waited : Long.MAX_VALUE, lease.connection().id()));
        LockSupport.parkNanos(Crowd.HOLD_NANOS);
      }
    }
    return waits;
  }

  private static long overtaken(Map<Long, Made> connections, Map<Long, Integer> ranks) {
    long overtaken = 0;
    long latest = Long.MIN_VALUE; // when the last to ask, of all that were dialled so far, asked
    for (Made made :
        connections.entrySet().stream()
            .sorted(Comparator.comparing(connection -> rank(ranks, connection.getKey())))
            .map(Map.Entry::getValue)
            .toList()) {
      if (made.waited < latest) {
        overtaken++;
      }
      latest = Math.max(latest, made.asked);
    }
    return overtaken;
  }

  private static int rank(Map<Long, Integer> ranks, Long connection) {
    return Objects.requireNonNull(ranks.get(connection), "a connection that nobody dialled");
  }
}

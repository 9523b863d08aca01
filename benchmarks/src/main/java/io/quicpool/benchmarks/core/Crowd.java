package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import io.quicpool.benchmarks.nulls.NullPools;
import io.quicpool.benchmarks.report.Callers;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * Many threads that want a connection to a peer at random, in a pool too small for all peers, and
 * hold each for a moment.
 */
final class Crowd {
  static final int THREADS = 256;
  static final int CAP = 16;
  static final int PEERS = 64;
  static final long HOLD_NANOS = 100_000;

  /**
   * What came of it.
   *
   * @param perSecond how many leases were given a second
   * @param longestWaitMillis how long the longest acquire took
   * @param madePerSecond how many connections were made a second
   */
  record Result(double perSecond, double longestWaitMillis, double madePerSecond) {}

  private record Share(long leases, long longestWaitNanos) {}

  private Crowd() {}

  /** Runs for so long; any acquire that fails, or lends another peer's connection, is an error. */
  static Result run(Contender contender, long nanos)
      throws InterruptedException, ExecutionException {
    Peer[] peers = NullPools.peers(PEERS);
    long start = System.nanoTime();
    long leases = 0;
    long longest = 0;
    for (Share share :
        Callers.together(
            THREADS, seed -> take(contender, peers, new SplittableRandom(seed), start + nanos))) {
      leases += share.leases();
      longest = Math.max(longest, share.longestWaitNanos());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Result(leases / seconds, longest / 1e6, contender.made() / seconds);
  }

  private static Share take(Contender contender, Peer[] peers, SplittableRandom random, long until)
      throws Exception {
    long leases = 0;
    long longest = 0;
    for (long now = System.nanoTime(); now - until < 0; leases++) {
      Peer peer = peers[random.nextInt(PEERS)];
      Object lent = contender.acquire(peer);
      longest = Math.max(longest, System.nanoTime() - now);
      if (!contender.peerOf(lent).equals(peer)) {
        throw new IllegalStateException("a lease must be on its peer, was on another's");
      }
      LockSupport.parkNanos(HOLD_NANOS);
      contender.release(lent);
      now = System.nanoTime();
    }
    return new Share(leases, longest);
  }
}

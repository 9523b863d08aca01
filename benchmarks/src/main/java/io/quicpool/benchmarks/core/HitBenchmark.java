package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import io.quicpool.benchmarks.nulls.NullPools;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.Blackhole;

/** Acquire and release of a connection that is pooled already, to one of 100 peers at random. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HitBenchmark {
  private static final int PEERS = 100;

  /** One of {@link Contenders}. */
  @Param(Contenders.QUICPOOL)
  public String contender;

  private final Peer[] peers = NullPools.peers(PEERS);
  private Contender opened;

  /** The order in which a thread asks for peers. */
  @State(Scope.Thread)
  public static class Turn {
    private static final int LENGTH = 1 << 12;

    private final int[] order = new int[LENGTH];
    private int next;

    /** Another one for each thread. */
    @Setup(Level.Trial)
    public void shuffle() {
      SplittableRandom random = new SplittableRandom(System.identityHashCode(this));
      for (int i = 0; i < LENGTH; i++) {
        order[i] = random.nextInt(PEERS);
      }
    }

    int next() {
      next = next + 1 & LENGTH - 1;
      return order[next];
    }
  }

  /** Opens the contender with every peer's connection made. */
  @Setup(Level.Trial)
  public void open() throws Exception {
    opened = Contenders.open(contender, PEERS);
    checkEach();
  }

  /** What is measured. */
  @Benchmark
  public void hit(Turn turn, Blackhole hole) throws Exception {
    Object lent = opened.acquire(peers[turn.next()]);
    hole.consume(lent);
    opened.release(lent);
  }

  /** The right connections were lent, and no more made than there were users. */
  @TearDown(Level.Trial)
  public void check(BenchmarkParams params) throws Exception {
    checkEach();
    long most = (long) PEERS * params.getThreads();
    if (opened.made() < PEERS || opened.made() > most) {
      throw new IllegalStateException(
          contender
              + " must make "
              + PEERS
              + " to "
              + most
              + " connections, made "
              + opened.made());
    }
    opened.close();
  }

  private void checkEach() throws Exception {
    for (Peer peer : peers) {
      Object lent = opened.acquire(peer);
      Peer of = opened.peerOf(lent);
      opened.release(lent);
      if (!of.equals(peer)) {
        throw new IllegalStateException(contender + " must lend " + peer + ", lent " + of);
      }
    }
  }
}

package io.quicpool.benchmarks.core;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.benchmarks.nulls.NullPools;
import io.quicpool.benchmarks.nulls.NullTransport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
import org.openjdk.jmh.infra.Blackhole;

/**
 * Acquire and release of a connection to a peer that is not pooled, in a full pool: a dial over the
 * null transport and an eviction. Peers are asked for in a circle that is a little longer than the
 * pool is large, so that the least recently used one is always the next that is missed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EvictBenchmark {
  private static final int BEYOND = 1_000;

  /** How many connections the pool may have. */
  @Param("1000")
  public int cap;

  /** How many hundredths of them are leased all the time. */
  @Param("0")
  public int leasedPercent;

  private final NullTransport transport = new NullTransport();
  private final List<Lease> leases = new ArrayList<>();
  private Peer[] circle;
  private QuicPool pool;
  private int next;
  private long asked;

  /** Fills the pool. */
  @Setup(Level.Trial)
  public void fill() throws IOException {
    pool = NullPools.builder(transport).maxConnections(cap).open();
    Peer[] all = NullPools.peers(cap + BEYOND);
    NullPools.fill(pool, all, cap);
    List<Peer> free = new ArrayList<>();
    for (int i = 0; i < all.length; i++) {
      if (i < cap && i % 100 < leasedPercent) { // spread over the order of use
        leases.add(pool.acquire(all[i]));
      } else {
        free.add(all[i]);
      }
    }
    circle = free.toArray(new Peer[0]);
    next = circle.length - BEYOND; // the first that is not pooled
  }

  /** What is measured. */
  @Benchmark
  public void evict(Blackhole hole) throws IOException {
    Lease lease = pool.acquire(circle[next]);
    hole.consume(lease);
    lease.close();
    next = next + 1 == circle.length ? 0 : next + 1;
    asked++;
  }

  /** Each was a dial and an eviction, and what was leased is there still. */
  @TearDown(Level.Trial)
  public void check() {
    PoolStats stats = pool.stats();
    boolean allOpen = leases.stream().allMatch(lease -> lease.connection().isOpen());
    if (stats.evictions() != asked
        || transport.dials() != cap + asked
        || transport.closed() != asked
        || !allOpen) {
      throw new IllegalStateException(
          asked + " acquires must each dial and evict, and leave leased ones alone, was " + stats);
    }
    leases.forEach(Lease::close);
    pool.close();
  }
}

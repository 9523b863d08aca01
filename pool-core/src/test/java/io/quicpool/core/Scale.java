package io.quicpool.core;

import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.ManualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The pool's core with more peers than a machine has, over a transport without a network, in
 * virtual time (docs/scale.md).
 */
final class Scale {
  private Scale() {}

  private static PoolBuilder builder(ManualTime time, QuicTransport transport) {
    return QuicPool.builder()
        .alpn("test/1")
        .tls(Tls.insecure())
        .transport(transport)
        .time(time)
        .executor(Runnable::run);
  }

  /** How many of the requests find a connection in a pool of that size. */
  static long hits(int[] requests, int numbers, int cap) throws IOException {
    FakeTransport transport =
        new FakeTransport(request -> FakeTransport.verified(request, new FakeConnection()));
    Peer[] peers = new Peer[numbers];
    try (QuicPool pool = builder(new ManualTime(), transport).maxConnections(cap).open()) {
      for (int number : requests) {
        Peer peer = peers[number];
        if (peer == null) {
          peer = Peer.of(Scene.text(number));
          peers[number] = peer;
        }
        pool.acquire(peer).close();
      }
      PoolStats stats = pool.stats();
      if (stats.open() > cap || stats.hits() + stats.misses() != requests.length) {
        throw new AssertionError(stats.toString());
      }
      return stats.hits();
    }
  }

  /**
   * Dials in each second of a life in which all peers are asked for without a pause, are lost at
   * one moment, cannot be reached for a while, and then can be again, all at once.
   */
  static final class Partition {
    static final int BEGINS = 5; // seconds
    static final int ENDS = 35;
    static final int OVER = 40;
    private static final Duration BETWEEN_MESSAGES = Duration.ofMillis(50);

    private final ManualTime time = new ManualTime();
    private final long[] dials = new long[OVER + 1];
    private final List<FakeConnection> connections = new ArrayList<>();
    private boolean partitioned;

    /** Every peer is asked for twenty times a second. */
    static long[] dials(int peers, Duration maxBackoff) throws IOException {
      return new Partition().run(peers, maxBackoff);
    }

    private long[] run(int count, Duration maxBackoff) throws IOException {
      FakeTransport transport =
          new FakeTransport(
              request -> {
                dials[(int) time.elapsed().toSeconds()]++;
                if (partitioned) {
                  return CompletableFuture.failedFuture(new IOException("unreachable"));
                }
                FakeConnection made = new FakeConnection();
                connections.add(made);
                return FakeTransport.verified(request, made);
              });
      List<Peer> peers = new ArrayList<>();
      for (int number = 0; number < count; number++) {
        peers.add(Peer.of(Scene.text(number)));
      }
      try (QuicPool pool =
          builder(time, transport)
              .maxConnections(count)
              .maxBackoff(maxBackoff)
              .probeAfter(Duration.ofHours(1))
              .open()) {
        while (time.elapsed().toSeconds() < OVER) {
          long second = time.elapsed().toSeconds();
          if (!partitioned && second >= BEGINS && second < ENDS) {
            partitioned = true;
            connections.forEach(FakeConnection::lose);
          }
          partitioned = second >= BEGINS && second < ENDS;
          for (Peer peer : peers) {
            ask(pool, peer);
          }
          time.advance(BETWEEN_MESSAGES);
        }
        if (pool.stats().open() != count) {
          throw new AssertionError("not all have come back: " + pool.stats());
        }
      }
      return dials;
    }

    /** The executor is the caller: when this returns it has failed, or was served. */
    private static void ask(QuicPool pool, Peer peer) {
      pool.acquireAsync(peer)
          .whenComplete(
              (lease, error) -> {
                if (lease != null) {
                  lease.close();
                }
              });
    }
  }
}

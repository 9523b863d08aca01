package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolBuilder;
import reactor.pool.PooledRef;

/** Reactor's pool, one for each peer, where each connection has one user at a time. */
final class ReactorContender extends PlainContender {
  private static final int PER_PEER = 16;

  private final ConcurrentHashMap<Peer, InstrumentedPool<Plain>> pools = new ConcurrentHashMap<>();

  ReactorContender(int cap) {}

  @Override
  public Object acquire(Peer peer) {
    InstrumentedPool<Plain> pool = pools.get(peer);
    if (pool == null) {
      pool = pools.computeIfAbsent(peer, this::open);
    }
    return Objects.requireNonNull(pool.acquire().block(), "a reference");
  }

  private InstrumentedPool<Plain> open(Peer peer) {
    return PoolBuilder.from(Mono.fromSupplier(() -> maker.make(peer)))
        .sizeBetween(0, PER_PEER)
        .buildPool();
  }

  @Override
  public void release(Object lent) {
    ((PooledRef<?>) lent).release().block();
  }

  @Override
  public Peer peerOf(Object lent) {
    return ((Plain) ((PooledRef<?>) lent).poolable()).peer;
  }

  @Override
  public void close() {
    pools.values().forEach(InstrumentedPool::dispose);
  }
}

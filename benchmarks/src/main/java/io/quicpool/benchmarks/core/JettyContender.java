package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.util.ConcurrentPool;
import org.eclipse.jetty.util.ConcurrentPool.StrategyType;
import org.eclipse.jetty.util.Pool;

/** Jetty's pool, one for each peer, each with one connection that any number may share. */
final class JettyContender extends PlainContender {
  private final ConcurrentHashMap<Peer, Pool<Plain>> pools = new ConcurrentHashMap<>();

  JettyContender(int cap) {}

  @Override
  public Object acquire(Peer peer) {
    Pool<Plain> pool = pools.get(peer);
    if (pool == null) {
      pool = pools.computeIfAbsent(peer, this::open);
    }
    return pool.acquire();
  }

  private Pool<Plain> open(Peer peer) {
    Pool<Plain> pool = new ConcurrentPool<>(StrategyType.FIRST, 1, connection -> Integer.MAX_VALUE);
    pool.reserve().enable(maker.make(peer), false);
    return pool;
  }

  @Override
  @SuppressWarnings("unchecked")
  public void release(Object lent) {
    ((Pool.Entry<Plain>) lent).release();
  }

  @Override
  public Peer peerOf(Object lent) {
    return ((Plain) ((Pool.Entry<?>) lent).getPooled()).peer;
  }
}

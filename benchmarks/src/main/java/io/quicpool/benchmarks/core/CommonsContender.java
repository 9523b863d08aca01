package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.time.Duration;
import org.apache.commons.pool2.BaseKeyedPooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericKeyedObjectPool;
import org.apache.commons.pool2.impl.GenericKeyedObjectPoolConfig;

/** The keyed pool of Apache Commons, where each connection has one user at a time. */
final class CommonsContender extends PlainContender {
  private static final int PER_PEER = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final GenericKeyedObjectPool<Peer, Plain> pool;

  /** With room for {@link #PER_PEER} a peer, as many as may use the pool's one at a time. */
  CommonsContender(int cap) {
    this(cap * PER_PEER, PER_PEER, false);
  }

  /** With room for so many in all and for each peer, serving waiters in order if that is asked. */
  CommonsContender(int cap, int perPeer, boolean fair) {
    GenericKeyedObjectPoolConfig<Plain> config = new GenericKeyedObjectPoolConfig<>();
    config.setMaxTotal(cap);
    config.setMaxTotalPerKey(perPeer);
    config.setMaxIdlePerKey(perPeer);
    config.setMaxWait(PATIENCE);
    config.setFairness(fair);
    config.setJmxEnabled(false);
    pool = new GenericKeyedObjectPool<>(new Factory(maker), config);
  }

  private static final class Factory extends BaseKeyedPooledObjectFactory<Peer, Plain> {
    private final Plain.Maker maker;

    Factory(Plain.Maker maker) {
      this.maker = maker;
    }

    @Override
    public Plain create(Peer peer) {
      return maker.make(peer);
    }

    @Override
    public PooledObject<Plain> wrap(Plain connection) {
      return new DefaultPooledObject<>(connection);
    }
  }

  @Override
  public Object acquire(Peer peer) throws Exception {
    return pool.borrowObject(peer);
  }

  @Override
  public void release(Object lent) {
    Plain connection = (Plain) lent;
    pool.returnObject(connection.peer, connection);
  }

  @Override
  public void close() {
    pool.close();
  }
}

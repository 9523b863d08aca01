package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.util.concurrent.ExecutionException;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.LaxConnPool;
import org.apache.hc.core5.pool.ManagedConnPool;
import org.apache.hc.core5.pool.PoolEntry;
import org.apache.hc.core5.pool.StrictConnPool;
import org.apache.hc.core5.util.Timeout;

/** The connection pools of Apache HttpCore, where each connection has one user at a time. */
final class HttpcoreContender extends PlainContender {
  private static final int PER_PEER = 16;

  private final ManagedConnPool<Peer, Plain> pool;

  private HttpcoreContender(ManagedConnPool<Peer, Plain> pool) {
    this.pool = pool;
  }

  static Contender lax(int cap) {
    return new HttpcoreContender(new LaxConnPool<>(PER_PEER));
  }

  static Contender strict(int cap) {
    return strict(cap * PER_PEER, PER_PEER);
  }

  /** With room for so many in all and for each peer. */
  static Contender strict(int cap, int perPeer) {
    return new HttpcoreContender(new StrictConnPool<>(perPeer, cap));
  }

  @Override
  public Object acquire(Peer peer) throws InterruptedException, ExecutionException {
    PoolEntry<Peer, Plain> entry = pool.lease(peer, null, Timeout.ofSeconds(10), null).get();
    if (!entry.hasConnection()) {
      entry.assignConnection(maker.make(peer));
    }
    return entry;
  }

  @Override
  @SuppressWarnings("unchecked")
  public void release(Object lent) {
    pool.release((PoolEntry<Peer, Plain>) lent, true);
  }

  @Override
  public Peer peerOf(Object lent) {
    return ((Plain) ((PoolEntry<?, ?>) lent).getConnection()).peer;
  }

  @Override
  public void close() {
    pool.close(CloseMode.IMMEDIATE);
  }
}

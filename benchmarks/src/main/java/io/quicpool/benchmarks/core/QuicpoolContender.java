package io.quicpool.benchmarks.core;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.benchmarks.nulls.NullPools;
import io.quicpool.benchmarks.nulls.NullTransport;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The pool over the null transport, with everything else at its default. */
final class QuicpoolContender implements Contender {
  private final NullTransport transport = new NullTransport();
  private final QuicPool pool;

  QuicpoolContender(int cap) {
    try {
      pool = NullPools.builder(transport).maxConnections(cap).open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Object acquire(Peer peer) throws IOException {
    return pool.acquire(peer);
  }

  @Override
  public void release(Object lent) {
    ((Lease) lent).close();
  }

  @Override
  public Peer peerOf(Object lent) {
    return ((Lease) lent).connection().peer();
  }

  @Override
  public long made() {
    return transport.dials();
  }

  @Override
  public void close() {
    if (pool.stats().leased() != 0) {
      throw new IllegalStateException("what was released must be back, was " + pool.stats());
    }
    pool.close();
  }
}

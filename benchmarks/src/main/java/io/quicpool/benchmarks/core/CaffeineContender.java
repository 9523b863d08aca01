package io.quicpool.benchmarks.core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quicpool.Peer;

/** A bounded cache, whose entries count their users. */
final class CaffeineContender extends PlainContender {
  private final Cache<Peer, Plain> connections;

  CaffeineContender(int cap) {
    connections = Caffeine.newBuilder().maximumSize(cap).build();
  }

  @Override
  public Object acquire(Peer peer) {
    Plain connection = connections.getIfPresent(peer);
    if (connection == null) {
      connection = connections.get(peer, maker::make);
    }
    connection.users.incrementAndGet();
    return connection;
  }

  @Override
  public void release(Object lent) {
    ((Plain) lent).users.decrementAndGet();
  }
}

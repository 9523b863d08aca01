package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.util.concurrent.ConcurrentHashMap;

/** A concurrent map: alone, with a count of users, or with that and the time of last use. */
final class MapContender extends PlainContender {
  private final ConcurrentHashMap<Peer, Plain> connections = new ConcurrentHashMap<>();
  private final boolean counts;
  private final boolean readsClock;

  MapContender(boolean counts, boolean readsClock) {
    this.counts = counts;
    this.readsClock = readsClock;
  }

  @Override
  public Object acquire(Peer peer) {
    Plain connection = connections.get(peer);
    if (connection == null) {
      connection = connections.computeIfAbsent(peer, maker::make);
    }
    if (counts) {
      connection.users.incrementAndGet();
    }
    return connection;
  }

  @Override
  public void release(Object lent) {
    Plain connection = (Plain) lent;
    if (readsClock) {
      connection.lastUsed = System.nanoTime();
    }
    if (counts) {
      connection.users.decrementAndGet();
    }
  }
}

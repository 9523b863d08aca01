package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A concurrent map: alone, with a count of users, or with that and when each was used last, by the
 * clock or by a number that counts up. The last is the least that keeps an exact order of use.
 */
final class MapContender extends PlainContender {
  private final ConcurrentHashMap<Peer, Plain> connections = new ConcurrentHashMap<>();
  private final AtomicLong order = new AtomicLong();
  private final Kept kept;

  /** What it knows of a connection's uses. */
  enum Kept {
    NOTHING,
    COUNT,
    COUNT_AND_TIME,
    COUNT_AND_ORDER
  }

  MapContender(Kept kept) {
    this.kept = kept;
  }

  @Override
  public Object acquire(Peer peer) {
    Plain connection = connections.get(peer);
    if (connection == null) {
      connection = connections.computeIfAbsent(peer, maker::make);
    }
    if (kept != Kept.NOTHING) {
      connection.users.incrementAndGet();
    }
    return connection;
  }

  @Override
  public void release(Object lent) {
    Plain connection = (Plain) lent;
    if (kept == Kept.COUNT_AND_TIME) {
      connection.lastUsed = System.nanoTime();
    } else if (kept == Kept.COUNT_AND_ORDER) {
      connection.lastUsed = order.incrementAndGet();
    }
    if (kept != Kept.NOTHING) {
      connection.users.decrementAndGet();
    }
  }
}

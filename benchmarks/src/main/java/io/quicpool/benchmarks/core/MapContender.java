package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A concurrent map: alone, with a count of users, or with that and when each was used last, by the
 * clock or by a number that counts up. The last is the least that keeps an exact order of use.
 */
final class MapContender extends PlainContender {
  /** Longs in two cache lines: what every release writes has them to itself. */
  private static final int LINE = 16;

  private final ConcurrentHashMap<Peer, Plain> connections = new ConcurrentHashMap<>();
  private final AtomicLongArray order = new AtomicLongArray(2 * LINE);
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
      connection.lastUsed = order.incrementAndGet(LINE);
    }
    if (kept != Kept.NOTHING) {
      connection.users.decrementAndGet();
    }
  }
}

package io.quicpool.benchmarks.core;

import io.quicpool.ConnectionView;
import io.quicpool.Peer;
import io.quicpool.PoolListener;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * The order in which a pool decided to dial, as its listener is told of it: which thread comes to
 * which dial first is the scheduler's doing, and not looked at. All dials have to succeed.
 */
final class DialOrder implements PoolListener {
  private final Map<Peer, Queue<Integer>> begun = new HashMap<>(); // one call at a time
  private final Map<Long, Integer> ranks = new HashMap<>();
  private int dials;

  @Override
  public synchronized void dialStarted(Peer peer) {
    begun(peer).add(dials++);
  }

  private Queue<Integer> begun(Peer peer) {
    return begun.computeIfAbsent(peer, first -> new ArrayDeque<>());
  }

  @Override
  public synchronized void opened(ConnectionView connection) {
    ranks.put(connection.id(), begun(connection.peer()).remove());
    notifyAll();
  }

  /** The rank of each connection's dial, once it was told of so many connections. */
  synchronized Map<Long, Integer> ranks(long opened) throws InterruptedException {
    while (ranks.size() < opened) {
      wait();
    }
    return Map.copyOf(ranks);
  }
}

package io.quicpool.it;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionView;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolListener;
import io.quicpool.RemovalCause;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes down what a pool decides, and counts connections as the pool tells of them. */
final class Recorder implements PoolListener {
  private final Map<Peer, CompletableFuture<RemovalCause>> removals = new ConcurrentHashMap<>();
  private final Map<Peer, CompletableFuture<CloseReason>> closes = new ConcurrentHashMap<>();
  private final Map<Long, RemovalCause> removed = new ConcurrentHashMap<>();
  private final CompletableFuture<PoolException> refusal = new CompletableFuture<>();
  final List<PoolException> failures = new CopyOnWriteArrayList<>();
  final List<RuntimeException> policyFaults = new CopyOnWriteArrayList<>();
  final List<String> wrong = new CopyOnWriteArrayList<>();
  volatile int dials;
  volatile int opened;
  volatile int open; // the pool tells one thing at a time
  volatile int mostOpen;
  volatile int closed;

  @Override
  public void dialStarted(Peer peer) {
    dials = dials + 1;
  }

  @Override
  public void dialFailed(Peer peer, PoolException cause, Duration took) {
    failures.add(cause);
  }

  @Override
  public void refused(InetSocketAddress from, PoolException cause) {
    refusal.complete(cause);
  }

  @Override
  public void opened(ConnectionView connection) {
    opened = opened + 1;
    open = open + 1;
    mostOpen = Math.max(mostOpen, open);
  }

  @Override
  public void removed(ConnectionView connection, RemovalCause cause) {
    open = open - 1;
    if (removed.put(connection.id(), cause) != null) {
      wrong.add("removed twice: " + connection);
    }
    removal(connection.peer()).complete(cause);
  }

  @Override
  public void closed(ConnectionView connection, CloseReason reason) {
    closed = closed + 1;
    if (!removed.containsKey(connection.id())) {
      wrong.add("closed before it was removed: " + connection);
    }
    close(connection.peer()).complete(reason);
  }

  @Override
  public void policyFault(RuntimeException fault) {
    policyFaults.add(fault);
  }

  /** Why the first inbound connection was refused that was. */
  CompletableFuture<PoolException> refusal() {
    return refusal;
  }

  /** Why the first connection of a peer left the pool. */
  CompletableFuture<RemovalCause> removal(Peer peer) {
    return removals.computeIfAbsent(peer, key -> new CompletableFuture<>());
  }

  /** How the first connection of a peer ended. */
  CompletableFuture<CloseReason> close(Peer peer) {
    return closes.computeIfAbsent(peer, key -> new CompletableFuture<>());
  }
}

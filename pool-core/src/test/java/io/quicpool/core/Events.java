package io.quicpool.core;

import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectionView;
import io.quicpool.LeakedLeaseException;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolListener;
import io.quicpool.RemovalCause;
import io.quicpool.testkit.InMemoryConnection;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a pool tells its listener. */
final class Events implements PoolListener {
  private final List<String> told = new ArrayList<>();
  private final List<ConnectionView> opened = new ArrayList<>();
  private final List<ConnectionView> removed = new ArrayList<>();
  final List<LeakedLeaseException> leaks = new ArrayList<>();

  /** Who is told too, after it was written down. */
  volatile PoolListener next = new PoolListener() {};

  private synchronized void note(String event) {
    told.add(event);
  }

  /** What was told since the last call. */
  synchronized List<String> take() {
    List<String> taken = List.copyOf(told);
    told.clear();
    return taken;
  }

  synchronized long countOf(Origin origin) {
    return opened.stream().filter(view -> view.origin() == origin).count();
  }

  /** Every connection that was ever told of. */
  synchronized List<ConnectionView> views() {
    return List.copyOf(opened);
  }

  synchronized boolean pooled(InMemoryConnection connection) {
    return isAmong(opened, connection);
  }

  synchronized boolean removed(InMemoryConnection connection) {
    return isAmong(removed, connection);
  }

  private static boolean isAmong(List<ConnectionView> views, InMemoryConnection connection) {
    return views.stream()
        .anyMatch(view -> view.unwrap(InMemoryConnection.class).orElse(null) == connection);
  }

  @Override
  public void dialStarted(Peer peer) {
    note("dial " + peer);
    next.dialStarted(peer);
  }

  @Override
  public void dialFailed(Peer peer, PoolException cause, Duration took) {
    note(
        "failed "
            + peer
            + " "
            + (cause instanceof ConnectFailedException failed ? failed.phase() : cause));
    next.dialFailed(peer, cause, took);
  }

  @Override
  public void refused(InetSocketAddress from, PoolException cause) {
    note("refused " + (cause instanceof ConnectFailedException failed ? failed.phase() : cause));
  }

  @Override
  public void opened(ConnectionView connection) {
    synchronized (this) {
      opened.add(connection);
    }
    note("opened " + connection.id());
    next.opened(connection);
  }

  @Override
  public void suspected(ConnectionView connection) {
    note("suspected " + connection.id());
    next.suspected(connection);
  }

  @Override
  public void reinstated(ConnectionView connection) {
    note("reinstated " + connection.id());
    next.reinstated(connection);
  }

  @Override
  public void removed(ConnectionView connection, RemovalCause cause) {
    synchronized (this) {
      removed.add(connection);
    }
    note("removed " + connection.id() + " " + cause);
    next.removed(connection, cause);
  }

  @Override
  public void closed(ConnectionView connection, CloseReason reason) {
    note("closed " + connection.id() + " " + reason.kind());
    next.closed(connection, reason);
  }

  @Override
  public void leaked(ConnectionView connection, LeakedLeaseException lease) {
    leaks.add(lease);
  }

  @Override
  public void policyFault(RuntimeException fault) {
    note("fault " + fault.getMessage());
  }
}

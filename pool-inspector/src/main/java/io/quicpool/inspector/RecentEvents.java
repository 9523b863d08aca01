package io.quicpool.inspector;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionView;
import io.quicpool.LeakedLeaseException;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolListener;
import io.quicpool.RemovalCause;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/** The pool's last decisions, the newest first. Thread-safe. */
final class RecentEvents implements PoolListener {
  static final int KEPT = 200;

  /**
   * A decision.
   *
   * @param number counts up from 1
   * @param atMillis when, since the epoch
   * @param kind one word
   * @param peer whom it was about
   * @param text for people
   */
  record Event(long number, long atMillis, String kind, String peer, String text) {}

  private final LongSupplier clock;
  private final ArrayDeque<Event> last = new ArrayDeque<>(); // by this
  private long count; // by this

  RecentEvents(LongSupplier clock) {
    this.clock = clock;
  }

  synchronized List<Event> newestFirst() {
    return new ArrayList<>(last);
  }

  private synchronized void add(String kind, Object peer, String text) {
    last.addFirst(new Event(++count, clock.getAsLong(), kind, peer.toString(), text));
    if (last.size() > KEPT) {
      last.removeLast();
    }
  }

  private void add(String kind, ConnectionView connection, String text) {
    add(kind, connection.peer(), "connection " + connection.id() + " " + text);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String after(Duration took) {
    return " after " + took.toMillis() + " ms";
  }

  @Override
  public void dialSucceeded(Peer peer, Duration took) {
    add("dialled", peer, "reached" + after(took));
  }

  @Override
  public void dialFailed(Peer peer, PoolException cause, Duration took) {
    add("failed", peer, "not reached" + after(took) + ": " + cause.getMessage());
  }

  @Override
  public void waitFailed(Peer peer, PoolException cause, Duration took) {
    add("refused", peer, "a caller got none" + after(took) + ": " + cause.getMessage());
  }

  @Override
  public void refused(InetSocketAddress from, PoolException cause) {
    add("refused", from, String.valueOf(cause.getMessage()));
  }

  @Override
  public void opened(ConnectionView connection) {
    add("opened", connection, "came in, " + word(connection.origin()));
  }

  @Override
  public void suspected(ConnectionView connection) {
    add("suspect", connection, "is in doubt");
  }

  @Override
  public void reinstated(ConnectionView connection) {
    add("alive", connection, "gave a sign of life");
  }

  @Override
  public void removed(ConnectionView connection, RemovalCause cause) {
    add("removed", connection, "left: " + word(cause));
  }

  @Override
  public void closed(ConnectionView connection, CloseReason reason) {
    add("closed", connection, "was closed: " + reason);
  }

  @Override
  public void leaked(ConnectionView connection, LeakedLeaseException lease) {
    add("leak", connection, String.valueOf(lease.getMessage()));
  }

  @Override
  public void policyFault(RuntimeException fault) {
    add("fault", "", String.valueOf(fault.getMessage()));
  }
}

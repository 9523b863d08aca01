package io.quicpool.core;

import io.quicpool.RemovalCause;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks after idle connections: those that have ended leave the pool, and those from which nothing
 * came for {@code probeAfter} are asked for a sign of life, twice at most; who gives none leaves
 * too.
 *
 * <p>A connection that cannot be probed is left alone: its silence says nothing.
 *
 * <p>A connection that ends with an event of its transport does not wait for this: the {@link
 * ConnectionTable} removes it at once. Runs on the clock's thread, outside every lock, and only
 * while something is pooled.
 */
final class HealthMonitor {
  private static final Duration LEAST_PATIENCE = Duration.ofMillis(250);
  private static final Duration SLACK = Duration.ofMillis(50);
  private static final int PROBES = 2;

  private final PoolTime time;
  private final Duration probeAfter;
  private final Set<Entry> probed = ConcurrentHashMap.newKeySet();
  private final SingleAlarm nextCheck;

  HealthMonitor(PoolTime time, Duration probeAfter) {
    this.time = time;
    this.probeAfter = probeAfter;
    this.nextCheck = new SingleAlarm(time);
  }

  /** A connection came into the pool. */
  void entered(ConnectionTable table) {
    nextCheck.arm(probeAfter.toNanos(), () -> check(table));
  }

  void stop() {
    nextCheck.stop();
  }

  private void check(ConnectionTable table) {
    boolean any = false;
    for (Entry entry : table.pooled()) {
      any = true;
      try {
        check(table, entry);
      } catch (RuntimeException e) { // of the transport's; the others are checked all the same
        Callbacks.LOG.log(Level.WARNING, "the transport failed in the check of " + entry, e);
      }
    }
    if (any) {
      entered(table);
    }
  }

  private void check(ConnectionTable table, Entry entry) {
    if (!entry.isOpen()) {
      table.remove(entry, RemovalCause.DIED);
    } else if (!entry.inUse() && entry.connection().canProbe() && isSilent(entry.connection())) {
      Duration patience = patience(entry.connection());
      if (probed.add(entry)) {
        probe(table, entry, patience, PROBES);
      }
    }
  }

  private boolean isSilent(QuicConnection connection) {
    return connection.sinceLastPacket().map(ago -> ago.compareTo(probeAfter) >= 0).orElse(true);
  }

  private void probe(ConnectionTable table, Entry entry, Duration patience, int left) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    PoolTime.Alarm guard = // for a transport that never answers
        time.schedule(patience.multipliedBy(2).toNanos(), () -> answer.complete(false));
    answer.whenComplete(
        (alive, failure) -> {
          guard.cancel();
          if (failure == null
              && Boolean.FALSE.equals(alive)
              && left > 1
              && !nextCheck.isStopped()) {
            probe(table, entry, patience, left - 1);
            return;
          }
          probed.remove(entry);
          if (failure != null || Boolean.FALSE.equals(alive)) {
            table.remove(entry, RemovalCause.UNRESPONSIVE);
          }
        });
    ask(entry.connection(), patience)
        .whenComplete(
            (alive, failure) -> answer.complete(failure == null && Boolean.TRUE.equals(alive)));
  }

  private static CompletableFuture<Boolean> ask(QuicConnection connection, Duration patience) {
    try {
      return Objects.requireNonNull(connection.probe(patience), "probe must return a future");
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Four round trips and some, so that the loss of a packet is not taken for the peer's death. */
  private static Duration patience(QuicConnection connection) {
    Duration wait =
        connection.stats().rtt().map(rtt -> rtt.multipliedBy(4).plus(SLACK)).orElse(LEAST_PATIENCE);
    return wait.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : wait;
  }
}

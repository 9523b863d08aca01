package io.quicpool.core;

import io.quicpool.RemovalCause;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks after idle connections: those that have ended leave the pool, and those from which nothing
 * came for {@code probeAfter} are asked for a sign of life, twice at most; who gives none leaves
 * too.
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
  private final boolean canProbe;
  private final AtomicBoolean armed = new AtomicBoolean();
  private final Set<Entry> probed = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  HealthMonitor(PoolTime time, Duration probeAfter, boolean canProbe) {
    this.time = time;
    this.probeAfter = probeAfter;
    this.canProbe = canProbe;
  }

  /** A connection came into the pool. */
  void entered(ConnectionTable table) {
    if (!armed.get() && !stopped && armed.compareAndSet(false, true)) {
      time.schedule(
          probeAfter.toNanos(),
          () -> {
            armed.set(false);
            check(table);
          });
    }
  }

  void stop() {
    stopped = true;
  }

  private void check(ConnectionTable table) {
    boolean any = false;
    for (Entry entry : table.pooled()) {
      any = true;
      if (!entry.isOpen()) {
        table.remove(entry, RemovalCause.DIED);
      } else if (canProbe && !entry.inUse() && isSilent(entry.connection()) && probed.add(entry)) {
        probe(table, entry, PROBES);
      }
    }
    if (any) {
      entered(table);
    }
  }

  private boolean isSilent(QuicConnection connection) {
    return connection.sinceLastPacket().map(ago -> ago.compareTo(probeAfter) >= 0).orElse(true);
  }

  private void probe(ConnectionTable table, Entry entry, int left) {
    Duration patience = patience(entry.connection());
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    PoolTime.Alarm guard = // for a transport that never answers
        time.schedule(patience.multipliedBy(2).toNanos(), () -> answer.complete(false));
    answer.whenComplete(
        (alive, failure) -> {
          guard.cancel();
          if (failure == null && Boolean.FALSE.equals(alive) && left > 1 && !stopped) {
            probe(table, entry, left - 1);
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
      return connection.probe(patience);
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

package io.quicpool.core;

import io.quicpool.RemovalCause;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Finds out which pooled connections are dead. Whoever gives rise to doubt becomes SUSPECT, is
 * handed out no more, and is asked for a sign of life, twice at most. Any packet clears it; who
 * gives none leaves the pool and is closed, and its waiters are dialled for.
 *
 * <p>What gives rise to doubt: silence for {@code probeAfter}, or for {@code probeLeasedAfter}
 * while somebody stands on it; a stream that timed out; an application that reports a failure; a
 * change of the network. Silence alone says nothing about a connection that cannot be probed, so
 * that is left alone.
 *
 * <p>A connection that ends with an event of its transport does not wait for this: the {@link
 * ConnectionTable} removes it at once.
 *
 * <p>A hit must not pay for any of this, so who is in use is found by looking: while something is
 * pooled all connections are looked at once in each {@code probeLeasedAfter}, and those found in
 * use four times as often; of these, who would be silent for too long before the next look is
 * looked at when that is so. There may be many that are not in use, so no more is read of them than
 * that, and when they last gave a sign of life, until {@code probeAfter} is over. Runs on the
 * clock's thread, outside every lock.
 */
final class HealthMonitor {
  /** For a transport that never answers; beyond its patience, so that it may be late by that. */
  private static final Duration GUARD = Duration.ofSeconds(5);

  private static final Duration FOR_EVER = Duration.ofDays(10_000); // in nanoseconds still a long

  private static final int PROBES = 2;
  private static final int LOOKS = 4;
  private static final int GLANCES_PER_LOOK = 8; // at most

  private final PoolTime time;
  private final long probeAfterNanos;
  private final long probeLeasedAfterNanos;
  private final Optional<ApplicationProbe> application;
  private final SingleAlarm nextLook;
  private final SingleAlarm nextGlance;

  // Of the clock's thread, one look at a time.
  private List<Entry> inUse = List.of();
  private int looksLeft;

  private volatile boolean looking;
  private volatile boolean enteredMeanwhile;

  HealthMonitor(
      PoolTime time,
      Duration probeAfter,
      Duration probeLeasedAfter,
      Optional<ApplicationProbe> application) {
    this.time = time;
    this.application = application;
    this.probeAfterNanos = probeAfter.toNanos();
    this.probeLeasedAfterNanos = Math.min(probeLeasedAfter.toNanos(), probeAfterNanos);
    this.nextLook = new SingleAlarm(time);
    this.nextGlance = new SingleAlarm(time);
  }

  /** A connection came into the pool. */
  void entered(ConnectionTable table) {
    enteredMeanwhile = true; // before the question: a look that ends asks the other way round
    if (!looking) {
      armForAll(table);
    }
  }

  private void armForAll(ConnectionTable table) {
    nextLook.arm(probeLeasedAfterNanos, () -> lookAtAll(table));
  }

  void stop() {
    nextLook.stop();
    nextGlance.stop();
  }

  // Looking.

  private void lookAtAll(ConnectionTable table) {
    looking = true; // who enters now leaves the next look to this one
    enteredMeanwhile = false;
    long now = time.nanos();
    List<Entry> found = new ArrayList<>();
    Soon soon = new Soon();
    table
        .pooled()
        .forEach(
            entry -> {
              if (entry.inUse()) {
                found.add(entry);
                soon.add(entry, look(table, entry));
              } else if (now - entry.lastSignNanos >= probeAfterNanos) {
                look(table, entry);
              }
            });
    inUse = found;
    looksLeft = LOOKS;
    if (!table.pooled().isEmpty()) {
      lookAgain(table);
      glanceAt(soon, table);
    }
    looking = false;
    if (enteredMeanwhile) {
      armForAll(table);
    }
  }

  private void lookAtThoseInUse(ConnectionTable table) {
    Soon soon = new Soon();
    for (Entry entry : inUse) {
      soon.add(entry, look(table, entry));
    }
    lookAgain(table);
    glanceAt(soon, table);
  }

  /**
   * Those in use that will have been silent for too long before the next look, unless they speak.
   */
  private final class Soon {
    private final List<Entry> entries = new ArrayList<>();
    private long firstNanos = Long.MAX_VALUE;

    void add(Entry entry, long leftNanos) {
      if (leftNanos < betweenLooks()) {
        entries.add(entry);
        firstNanos = Math.min(firstNanos, leftNanos);
      }
    }
  }

  private void glanceAt(Soon soon, ConnectionTable table) {
    if (!soon.entries.isEmpty()) {
      nextGlance.rearm(
          Math.max(1, Math.max(betweenLooks() / GLANCES_PER_LOOK, soon.firstNanos)),
          () -> {
            Soon left = new Soon();
            for (Entry entry : soon.entries) {
              left.add(entry, look(table, entry));
            }
            glanceAt(left, table);
          });
    }
  }

  private long betweenLooks() {
    return probeLeasedAfterNanos / LOOKS;
  }

  private void lookAgain(ConnectionTable table) {
    looksLeft--;
    if (inUse.isEmpty()) {
      armForAll(table);
    } else {
      nextLook.arm(
          Math.max(1, betweenLooks()),
          looksLeft > 0 ? () -> lookAtThoseInUse(table) : () -> lookAtAll(table));
    }
  }

  /** Returns for how long it may go on like that without giving rise to doubt. */
  private long look(ConnectionTable table, Entry entry) {
    try {
      if (!entry.isOpen()) {
        table.removeDead(entry, RemovalCause.DIED);
      } else if (entry.state() == UseWord.READY) {
        long left = silenceLeft(entry);
        if (left > 0) {
          return left;
        }
        doubt(table, entry);
      }
    } catch (RuntimeException | Error e) { // the transport's; the others are looked at all the same
      Callbacks.LOG.log(Level.WARNING, "the transport failed in the check of " + entry, e);
    }
    return Long.MAX_VALUE;
  }

  /** Not above 0 for one that was silent for too long. */
  private long silenceLeft(Entry entry) {
    long limit = entry.inUse() ? probeLeasedAfterNanos : probeAfterNanos;
    long left = entry.lastSignNanos + limit - time.nanos();
    if (left > 0) {
      return left;
    }
    return entry.connection().sinceLastPacket().map(ago -> limit - nanos(ago)).orElse(0L);
  }

  private static long nanos(Duration ago) {
    return ago.compareTo(FOR_EVER) > 0 ? FOR_EVER.toNanos() : ago.toNanos();
  }

  // Asking.

  /**
   * There is reason to doubt a connection: any thread. Throws nothing: what the transport throws is
   * logged, and who was put in doubt is always judged.
   *
   * @return false if it cannot be asked
   */
  boolean doubt(ConnectionTable table, Entry entry) {
    if (!canProbe(entry.connection()) && application.isEmpty()) {
      return false;
    }
    Duration patience = Patience.with(entry.connection());
    if (table.suspect(entry)) {
      probe(table, entry, patience, PROBES);
    }
    return true;
  }

  private void probe(ConnectionTable table, Entry entry, Duration patience, int left) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    PoolTime.Alarm guard;
    try {
      guard = time.schedule(limit(patience).toNanos(), () -> answer.complete(false));
    } catch (RuntimeException | Error e) { // a clock that ends, say: nobody would ever judge it
      Callbacks.LOG.log(Level.WARNING, "the clock failed in the probe of " + entry, e);
      table.removeDead(entry, RemovalCause.UNRESPONSIVE);
      return;
    }
    answer.thenAccept(
        alive -> {
          guard.cancel();
          if (hasEnded(entry)) { // while it was asked: its transport is about to say so
            table.removeDead(entry, RemovalCause.DIED);
          } else if (alive) {
            entry.lastSignNanos = time.nanos();
            table.reinstate(entry);
          } else if (left > 1 && !nextLook.isStopped()) {
            probe(table, entry, patience, left - 1);
          } else {
            table.removeDead(entry, RemovalCause.UNRESPONSIVE);
          }
        });
    ask(entry.connection(), patience)
        .whenComplete(
            (alive, failure) -> answer.complete(failure == null && Boolean.TRUE.equals(alive)));
  }

  private Duration limit(Duration patience) {
    return application.map(ApplicationProbe::timeout).orElse(GUARD).plus(patience);
  }

  private CompletableFuture<Boolean> ask(QuicConnection connection, Duration patience) {
    try {
      CompletableFuture<Boolean> stack =
          canProbe(connection)
              ? Objects.requireNonNull(connection.probe(patience), "probe must return a future")
              : CompletableFuture.completedFuture(true);
      return application
          .map(
              asking ->
                  stack.thenCompose(
                      alive ->
                          Boolean.TRUE.equals(alive)
                              ? asking.ask(connection)
                              : CompletableFuture.completedFuture(false)))
          .orElse(stack);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static boolean hasEnded(Entry entry) {
    try {
      return !entry.isOpen();
    } catch (RuntimeException | Error e) {
      Callbacks.LOG.log(Level.WARNING, "the transport cannot tell whether it is open", e);
      return false;
    }
  }

  private static boolean canProbe(QuicConnection connection) {
    try {
      return connection.canProbe();
    } catch (RuntimeException | Error e) {
      Callbacks.LOG.log(Level.WARNING, "the transport cannot tell whether it can probe", e);
      return false;
    }
  }
}

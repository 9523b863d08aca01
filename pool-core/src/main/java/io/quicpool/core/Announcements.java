package io.quicpool.core;

import io.quicpool.CloseReason;
import io.quicpool.LeakedLeaseException;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolListener;
import io.quicpool.RemovalCause;
import io.quicpool.core.jfr.AcquireWaitEvent;
import io.quicpool.core.jfr.CloseEvent;
import io.quicpool.core.jfr.DialEvent;
import io.quicpool.core.jfr.EvictionEvent;
import io.quicpool.core.jfr.LeakEvent;
import io.quicpool.core.jfr.SuspectEvent;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a pool decides, to all who want to know: the listeners, the log (at level DEBUG, with
 * the connection's id) and JDK Flight Recorder. Nothing of it is on the path of a hit; a miss pays
 * for some short-lived objects and a look at the log's level, also where nobody listens.
 *
 * <p>Called within decisions, under the lock of {@link Decisions}; what leads out of the pool is
 * done as their {@link Effects}.
 */
final class Announcements {
  private final String pool;
  private final Callbacks callbacks;
  private final PoolTime time;

  /** Those in doubt, while that is recorded. */
  private final IdentityHashMap<Entry, SuspectEvent> doubts = new IdentityHashMap<>();

  Announcements(String pool, Callbacks callbacks, PoolTime time) {
    this.pool = pool;
    this.callbacks = callbacks;
    this.time = time;
  }

  // Dials.

  void dialStarted(Slot slot, Effects effects) {
    DialEvent event = new DialEvent();
    if (event.isEnabled()) {
      event.begin();
      slot.recorded = event;
    }
    Peer peer = slot.peer;
    tell(effects, listener -> listener.dialStarted(peer), () -> "dials " + peer);
  }

  void dialSucceeded(Slot slot, Effects effects) {
    Peer peer = slot.peer;
    Duration took = since(slot.dialledAtNanos);
    tell(
        effects,
        listener -> listener.dialSucceeded(peer, took),
        () -> "reached " + peer + " after " + text(took));
    record(slot, true, "", effects);
  }

  void dialFailed(Slot slot, PoolException cause, Effects effects) {
    Peer peer = slot.peer;
    Duration took = since(slot.dialledAtNanos);
    tell(
        effects,
        listener -> listener.dialFailed(peer, cause, took),
        () -> "did not reach " + peer + " after " + text(took) + ": " + cause.getMessage());
    record(slot, false, String.valueOf(cause.getMessage()), effects);
  }

  private void record(Slot slot, boolean connected, String reason, Effects effects) {
    DialEvent event = slot.recorded;
    if (event == null) {
      return;
    }
    slot.recorded = null;
    event.end();
    effects.add(
        () -> {
          event.pool = pool;
          event.peer = slot.peer.toString();
          event.connected = connected;
          event.reason = reason;
          event.commit();
        });
  }

  // Callers.

  /** A caller waits from now on. */
  void waits(Waiter waiter) {
    waiter.sinceNanos = time.nanos();
    AcquireWaitEvent event = new AcquireWaitEvent();
    if (event.isEnabled()) {
      event.begin();
      waiter.recorded = event;
    }
  }

  void waited(Waiter waiter, Effects effects) {
    Peer peer = waiter.slot.peer;
    Duration took = since(waiter.sinceNanos);
    tell(
        effects,
        listener -> listener.waited(peer, took),
        () -> "served a caller for " + peer + " after " + text(took));
    record(waiter, "served", "", effects);
  }

  void waitFailed(Waiter waiter, PoolException cause, Effects effects) {
    Peer peer = waiter.slot.peer;
    Duration took = since(waiter.sinceNanos);
    tell(
        effects,
        listener -> listener.waitFailed(peer, cause, took),
        () ->
            "did not serve a caller for "
                + peer
                + " after "
                + text(took)
                + ": "
                + cause.getMessage());
    record(waiter, "failed", String.valueOf(cause.getMessage()), effects);
  }

  void waitLeft(Waiter waiter, Effects effects) {
    Peer peer = waiter.slot.peer;
    Duration took = since(waiter.sinceNanos);
    tell(
        effects,
        listener -> listener.waitLeft(peer, took),
        () -> "a caller for " + peer + " left after " + text(took));
    record(waiter, "left", "", effects);
  }

  private void record(Waiter waiter, String outcome, String reason, Effects effects) {
    AcquireWaitEvent event = waiter.recorded;
    if (event == null) {
      return;
    }
    event.end();
    effects.add(
        () -> {
          event.pool = pool;
          event.peer = waiter.slot.peer.toString();
          event.outcome = outcome;
          event.reason = reason;
          event.commit();
        });
  }

  // Connections.

  void refused(QuicConnection connection, PoolException cause, Effects effects) {
    tell(
        effects,
        listener -> listener.refused(connection.remoteAddress(), cause),
        () -> "refused " + connection.remoteAddress() + ": " + cause.getMessage());
  }

  void opened(Entry entry, Effects effects) {
    tell(
        effects,
        listener -> listener.opened(entry),
        () -> entry + " is open, " + word(entry.origin()) + " at " + entry.remoteAddress());
  }

  void suspected(Entry entry, Effects effects) {
    SuspectEvent event = new SuspectEvent();
    if (event.isEnabled()) {
      event.begin();
      doubts.put(entry, event);
    }
    tell(effects, listener -> listener.suspected(entry), () -> entry + " is in doubt");
  }

  void reinstated(Entry entry, Effects effects) {
    tell(effects, listener -> listener.reinstated(entry), () -> entry + " gave a sign of life");
    recordVerdict(entry, "alive", effects);
  }

  void removed(Entry entry, RemovalCause cause, Effects effects) {
    tell(
        effects,
        listener -> listener.removed(entry, cause),
        () -> entry + " left the pool: " + word(cause));
    recordVerdict(entry, word(cause), effects);
    if (cause == RemovalCause.EVICTED) {
      recordEviction(entry, effects);
    }
  }

  private void recordEviction(Entry entry, Effects effects) {
    EvictionEvent event = new EvictionEvent();
    if (event.isEnabled()) {
      effects.add(
          () -> {
            event.pool = pool;
            event.connectionId = entry.id();
            event.peer = entry.peer().toString();
            event.age = entry.age().toNanos();
            event.commit();
          });
    }
  }

  private void recordVerdict(Entry entry, String verdict, Effects effects) {
    SuspectEvent event = doubts.remove(entry);
    if (event == null) {
      return;
    }
    event.end();
    effects.add(
        () -> {
          event.pool = pool;
          event.connectionId = entry.id();
          event.peer = entry.peer().toString();
          event.verdict = verdict;
          event.commit();
        });
  }

  void closed(Entry entry, CloseReason reason, Effects effects) {
    tell(
        effects,
        listener -> listener.closed(entry, reason),
        () -> entry + " was closed: " + reason);
    CloseEvent event = new CloseEvent();
    if (event.isEnabled()) {
      effects.add(
          () -> {
            event.pool = pool;
            event.connectionId = entry.id();
            event.peer = entry.peer().toString();
            event.age = entry.age().toNanos();
            event.cause = word(entry.removal());
            event.by = word(reason.kind());
            event.code = reason.code();
            event.reason = reason.text();
            event.commit();
          });
    }
  }

  void leaked(Entry entry, LeakedLeaseException lease, Effects effects) {
    callbacks.tell(listener -> listener.leaked(entry, lease), effects);
    effects.add(
        () -> {
          Callbacks.LOG.log(Level.WARNING, pool + ": " + lease.getMessage(), lease);
          LeakEvent event = new LeakEvent();
          if (event.isEnabled()) {
            event.pool = pool;
            event.connectionId = entry.id();
            event.peer = entry.peer().toString();
            event.lease = String.valueOf(lease.getMessage());
            event.acquiredAt = stack(lease.getCause());
            event.commit();
          }
        });
  }

  void policyFault(RuntimeException fault, Effects effects) {
    callbacks.tell(listener -> listener.policyFault(fault), effects);
  }

  private Duration since(long nanos) {
    return Duration.ofNanos(time.nanos() - nanos);
  }

  private static String text(Duration took) {
    return Durations.text(took.toNanos());
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String stack(@Nullable Throwable acquired) {
    return acquired == null
        ? ""
        : Arrays.stream(acquired.getStackTrace())
            .map(StackTraceElement::toString)
            .collect(Collectors.joining("\n"));
  }

  private void tell(Effects effects, Consumer<PoolListener> event, Supplier<String> message) {
    callbacks.tell(event, effects);
    effects.add(() -> Callbacks.LOG.log(Level.DEBUG, () -> pool + ": " + message.get()));
  }
}

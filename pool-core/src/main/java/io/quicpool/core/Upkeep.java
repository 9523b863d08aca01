package io.quicpool.core;

import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.spi.PoolTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Keeps connections up that nobody is asking for now: those of peers that are kept warm are dialled
 * again whenever they are gone, and those that have lived long enough are replaced before they
 * drain. Such dials obey the backoff, and evict nobody: where there is no room they are put off.
 *
 * <p>The set is guarded by the lock of {@link Decisions}; dials are begun through the table.
 */
final class Upkeep {
  private static final double JITTER = 0.1;
  private static final Duration LATER = Duration.ofSeconds(1);

  private final ConnectionTable table;
  private final Decisions decisions;
  private final Roster roster;
  private final DialBackoff backoff;
  private final PoolTime time;
  private final Optional<Long> lifetimeNanos;
  private final SplittableRandom random;
  private final Map<Peer, Warmth> warm = new HashMap<>();

  /** A peer that is kept warm, as the application named it: with its hints. */
  private static final class Warmth {
    private final Peer peer;
    private boolean alarmSet;

    Warmth(Peer peer) {
      this.peer = peer;
    }
  }

  Upkeep(
      ConnectionTable table,
      Decisions decisions,
      Roster roster,
      DialBackoff backoff,
      PoolTime time,
      Optional<Long> lifetimeNanos) {
    this.table = table;
    this.decisions = decisions;
    this.roster = roster;
    this.backoff = backoff;
    this.time = time;
    this.lifetimeNanos = lifetimeNanos;
    this.random = new SplittableRandom(time.nanos()); // so that virtual time repeats itself
  }

  // Lifetimes.

  /** A connection came into the pool: one that this side dialled lives no longer than allowed. */
  void entered(Entry entry, Effects effects) {
    if (entry.origin() == Origin.DIALLED && lifetimeNanos.isPresent()) {
      long life = lifetimeNanos.get();
      long shorter = (long) (life * JITTER * random.nextDouble());
      effects.add(() -> await(entry, Math.max(1, life - shorter)));
    }
  }

  private void await(Entry entry, long nanos) {
    entry.ageAlarm = time.schedule(nanos, () -> aged(entry));
    if (!roster.owns(entry)) { // it left before the alarm was set
      forget(entry);
    }
  }

  private static void forget(Entry entry) {
    PoolTime.Alarm alarm = entry.ageAlarm;
    if (alarm != null) {
      alarm.cancel();
    }
  }

  private void aged(Entry entry) {
    decisions.run(
        effects -> {
          if (!table.isClosing()
              && roster.owns(entry)
              && !tryDial(entry.peer(), Optional.of(entry), effects)) {
            long nanos = delay(entry.peer());
            effects.add(() -> await(entry, nanos));
          }
        });
  }

  // Both.

  /** A connection has left the pool. */
  void left(Entry entry, Effects effects) {
    forget(entry);
    if (isWarm(entry.peer())) {
      if (entry.isBrandNew(time.nanos())) {
        redialLater(entry.peer(), effects); // a peer that closes at once is not to be hammered
      } else {
        effects.add(() -> decisions.run(later -> redial(entry.peer(), later)));
      }
    }
  }

  /** A dial failed, of whoever's. */
  void dialFailed(Slot slot, Effects effects) {
    Entry aged = slot.replaced;
    if (roster.find(slot.peer) == null) {
      redialLater(slot.peer, effects);
    } else if (aged != null && roster.owns(aged)) {
      long nanos = delay(slot.peer);
      effects.add(() -> await(aged, nanos));
    }
  }

  // Warmth.

  /** From now on there is to be a connection to that peer. */
  void keepWarm(Peer peer) {
    decisions.run(
        effects -> {
          warm.putIfAbsent(peer, new Warmth(peer));
          redial(peer, effects);
        });
  }

  boolean isWarm(Peer peer) {
    return warm.containsKey(peer);
  }

  /** No longer; the connection stays as any other does. */
  boolean coolDown(Peer peer) {
    return decisions.make(
        effects -> {
          boolean was = warm.remove(peer) != null;
          table.unkept(peer, effects);
          return was;
        });
  }

  private void redial(Peer peer, Effects effects) {
    Warmth wanted = warm.get(peer);
    if (wanted != null
        && !table.isClosing()
        && roster.find(peer) == null
        && !tryDial(wanted.peer, Optional.empty(), effects)) {
      redialLater(peer, effects);
    }
  }

  /** One alarm for each peer, however many reasons there are. */
  private void redialLater(Peer peer, Effects effects) {
    Warmth wanted = warm.get(peer);
    if (wanted == null || wanted.alarmSet) {
      return;
    }
    wanted.alarmSet = true;
    long nanos = delay(peer);
    effects.add(() -> time.schedule(nanos, () -> decisions.run(later -> again(wanted, later))));
  }

  private void again(Warmth wanted, Effects effects) {
    wanted.alarmSet = false;
    if (warm.get(wanted.peer) == wanted) { // else it was let cool down meanwhile
      redial(wanted.peer, effects);
    }
  }

  /** False if the peer is left in peace now, or there is no room. */
  private boolean tryDial(Peer peer, Optional<Entry> replaced, Effects effects) {
    return backoff.left(peer, time.nanos()) <= 0 && table.dialAhead(peer, replaced, effects);
  }

  /** Until the peer may be dialled again; where that is not the reason to wait, a second. */
  private long delay(Peer peer) {
    long left = backoff.left(peer, time.nanos());
    return left > 0 ? left : LATER.toNanos();
  }
}

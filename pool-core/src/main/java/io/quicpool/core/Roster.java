package io.quicpool.core;

import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolListener;
import io.quicpool.RemovalCause;
import io.quicpool.spi.QuicConnection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a pool: those in it, in the orders that eviction and expiry need, and those
 * that have left and are still in use. The one place where entries come in, change their state and
 * are closed, each exactly once.
 *
 * <p>{@link #find} is for anyone; everything else is called under the lock of {@link Decisions}.
 */
final class Roster {

  /** The entries in state READY or SUSPECT by peer: read by anyone, written under the lock. */
  private final ConcurrentHashMap<Peer, Entry> ready = new ConcurrentHashMap<>();

  private final RecentUses recentUses = new RecentUses();
  private final GuardedPolicy policy;
  private final Callbacks callbacks;
  private final long idleTimeoutNanos;

  private final IdleOrder idleOrder = new IdleOrder();

  /** Out of the pool, with shares still out: they are closed, and counted, when those are back. */
  private final Set<Entry> retired = Collections.newSetFromMap(new IdentityHashMap<>());

  /** By their connections, until those are closed: none is to be adopted twice. */
  private final IdentityHashMap<QuicConnection, Entry> adopted = new IdentityHashMap<>();

  private final Counters counters;
  private int open;
  private long lastId;

  Roster(GuardedPolicy policy, Callbacks callbacks, Counters counters, long idleTimeoutNanos) {
    this.policy = policy;
    this.callbacks = callbacks;
    this.counters = counters;
    this.idleTimeoutNanos = idleTimeoutNanos;
  }

  @Nullable Entry find(Peer peer) {
    return ready.get(peer);
  }

  RecentUses recentUses() {
    return recentUses;
  }

  /** Weakly consistent; for looking only. */
  Collection<Entry> pooled() {
    return ready.values();
  }

  Set<Peer> peers() {
    return Set.copyOf(ready.keySet());
  }

  boolean owns(Entry entry) {
    return ready.get(entry.peer()) == entry;
  }

  int open() {
    return open;
  }

  int draining() {
    return (int) (counters.opened - counters.closed - open);
  }

  boolean isSettled() {
    return retired.isEmpty();
  }

  /** The entry that a connection was adopted as, if it has not been closed. */
  @Nullable Entry adopter(QuicConnection connection) {
    return adopted.get(connection);
  }

  long policyFaults() {
    return policy.faults();
  }

  // In.

  Entry insert(
      ConnectionTable table,
      Peer peer,
      QuicConnection connection,
      Origin origin,
      long now,
      Effects effects) {
    Entry entry = new Entry(table, peer, connection, origin, ++lastId, now);
    ready.put(peer, entry);
    open++;
    counters.opened++;
    if (origin == Origin.ADOPTED) {
      adopted.put(connection, entry);
    }
    policy.added(entry);
    idleOrder.renew(entry, now);
    tell(effects, listener -> listener.opened(entry));
    return entry;
  }

  /** Hands an entry out no more until it is {@link #reinstate}d; false if it was not READY. */
  boolean suspect(Entry entry) {
    return owns(entry) && entry.changeState(UseWord.READY, UseWord.SUSPECT);
  }

  /** A suspect gave a sign of life; false if it is none any more. */
  boolean reinstate(Entry entry, long now) {
    if (!entry.changeState(UseWord.SUSPECT, UseWord.READY)) {
      return false;
    }
    if (!entry.inUse() && !entry.inIdleOrder) { // it could not expire meanwhile
      idleOrder.renew(entry, now);
    }
    return true;
  }

  // Out.

  /** The one way out of the pool, of that entry and no newer one; false if it had left already. */
  boolean detach(Entry entry, RemovalCause cause, Effects effects) {
    if (!ready.remove(entry.peer(), entry)) {
      return false;
    }
    open--;
    idleOrder.remove(entry);
    policy.removed(entry);
    entry.removal = cause;
    entry.setState(UseWord.DRAINING);
    counters.uses += entry.takeUses();
    if (cause == RemovalCause.DIED || cause == RemovalCause.UNRESPONSIVE) {
      counters.removedDead++;
    }
    tell(effects, listener -> listener.removed(entry, cause));
    retired.add(entry);
    if (cause == RemovalCause.DIED || cause == RemovalCause.UNRESPONSIVE) {
      close(entry, effects); // whoever stands on it learns of its end at once
    }
    settle(entry, effects);
    return true;
  }

  /** Lets a retired entry go once nothing stands on it any more. */
  void settle(Entry entry, Effects effects) {
    if (!entry.inUse() && retired.remove(entry)) {
      close(entry, effects);
    }
  }

  /** An entry is dead: closed, in the pool or not any more, whoever stands on it. */
  void dead(Entry entry, RemovalCause cause, Effects effects) {
    if (!detach(entry, cause, effects) && retired.contains(entry)) {
      entry.removal = cause;
      close(entry, effects);
    }
  }

  /** Closes what is retired and still in use. */
  void cut(Effects effects) {
    for (Entry entry : retired) {
      entry.removal = RemovalCause.POOL_CLOSED;
      close(entry, effects);
    }
  }

  void detachAll(RemovalCause cause, Effects effects) {
    List.copyOf(ready.values()).forEach(entry -> detach(entry, cause, effects));
  }

  /**
   * Closes the connection, the first time; also one that has ended, so that it frees what it holds.
   */
  private void close(Entry entry, Effects effects) {
    if (entry.state() == UseWord.DRAINING) {
      entry.setState(UseWord.CLOSED);
      counters.closed++;
      adopted.remove(entry.connection(), entry);
      RemovalCause cause = entry.removal;
      effects.add(() -> Closing.close(entry.connection(), cause.code(), cause.text()));
    }
  }

  // Eviction and expiry.

  /** Makes room by one idle entry, the policy's best victim. */
  boolean evict(long now, Effects effects) {
    if (open == 0) {
      return false;
    }
    harvest(now);
    Entry victim = policy.retireVictim(this, open);
    if (victim == null && !policy.namedAll()) {
      victim = retireLongestIdle();
    }
    if (victim == null) {
      return false;
    }
    counters.evictions++;
    detach(victim, RemovalCause.EVICTED, effects);
    return true;
  }

  /** What the pool chooses itself if the policy names nothing that is idle. */
  private @Nullable Entry retireLongestIdle() {
    for (Entry entry = idleOrder.longest(); entry != null; entry = entry.shorterIdle) {
      if (entry.retireIfIdle()) {
        return entry;
      }
    }
    return null;
  }

  /**
   * Attaches the time to what was used, and closes what has been idle for the idle timeout.
   *
   * @return how many nanoseconds are left until the next is due
   */
  Optional<Long> expire(long now, Effects effects) {
    harvest(now);
    for (Entry entry = idleOrder.longest(); entry != null; entry = idleOrder.longest()) {
      long left = entry.idleSinceNanos + idleTimeoutNanos - now;
      if (left > 0) {
        return Optional.of(left);
      }
      if (entry.retireIfUntouched()) {
        counters.expirations++;
        detach(entry, RemovalCause.EXPIRED, effects);
      } else {
        idleOrder.remove(entry); // in use: it comes back when it is given back
      }
    }
    return Optional.empty();
  }

  private void harvest(long now) {
    for (RecentUses.Use use : recentUses.harvest()) {
      long count = UseWord.uses(use.word());
      counters.uses += count;
      if (owns(use.entry())) {
        policy.used(use.entry(), count);
        idleOrder.renew(use.entry(), now);
      }
    }
  }

  /** Takes the uses out of an entry whose count of them is full. */
  void reportUses(Entry entry) {
    long count = entry.takeUses();
    counters.uses += count;
    policy.used(entry, count);
  }

  /** All entries that have, or may have, a share out. */
  List<Entry> counted() {
    List<Entry> all = new ArrayList<>(ready.values());
    all.addAll(retired);
    return all;
  }

  private void tell(Effects effects, Consumer<PoolListener> event) {
    callbacks.tell(event, effects);
  }
}

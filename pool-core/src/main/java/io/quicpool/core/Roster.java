package io.quicpool.core;

import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PooledConnection;
import io.quicpool.RemovalCause;
import io.quicpool.spi.QuicConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a pool: those in it, in the orders that eviction and expiry need, and those
 * that have left and are still in use. The one place where entries come in, change their state and
 * are closed, each exactly once.
 *
 * <p>{@link #find} is for anyone; everything else is called under the lock of {@link Decisions}.
 */
final class Roster {

  private final PooledEntries pooled = new PooledEntries();
  private final RecentUses recentUses = new RecentUses();
  private final GuardedPolicy policy;
  private final Announcements announcements;
  private final CurrentLimits limits;

  private final IdleOrder idleOrder = new IdleOrder();

  /** The accepted ones have an order of their own: among them newcomers find room, in no others. */
  private final IdleOrder idleInbound = new IdleOrder();

  /** Out of the pool, with shares still out: they are closed, and counted, when those are back. */
  private final Set<Entry> retired = new LinkedHashSet<>(); // in an order of its own, for replays

  /** By their connections, until those are closed: none is to be adopted twice. */
  private final IdentityHashMap<QuicConnection, Entry> adopted = new IdentityHashMap<>();

  private final Counters counters;
  private final Set<Peer> guarded = new HashSet<>(); // neither evicted nor expired
  private final Predicate<Peer> isKept; // not expired
  private final long graceNanos;
  private final BiConsumer<Entry, Effects> onLeft;
  private int open;
  private int inbound;
  private boolean nothingIdle; // when a victim was last looked for in vain, for a further one
  private long lastId;

  /**
   * Without a connection.
   *
   * @param isKept whether a peer's connection does not expire; asked within decisions
   * @param onLeft told of each connection that has left the pool, within the decision
   */
  Roster(
      GuardedPolicy policy,
      Announcements announcements,
      Counters counters,
      CurrentLimits limits,
      long graceNanos,
      Predicate<Peer> isKept,
      BiConsumer<Entry, Effects> onLeft) {
    this.graceNanos = graceNanos;
    this.isKept = isKept;
    this.onLeft = onLeft;
    this.policy = policy;
    this.announcements = announcements;
    this.counters = counters;
    this.limits = limits;
  }

  /** Any of the peer's entries that are pooled: the newest. */
  @Nullable Entry find(Peer peer) {
    return pooled.newest(peer);
  }

  /** The peer's, the newest first. */
  List<Entry> of(Peer peer) {
    return pooled.of(peer);
  }

  /** Those that are pooled, for looking only. */
  PooledEntries pooled() {
    return pooled;
  }

  RecentUses recentUses() {
    return recentUses;
  }

  boolean owns(Entry entry) {
    return pooled.contains(entry);
  }

  int open() {
    return open;
  }

  /** How many accepted ones are not closed. */
  int inbound() {
    return inbound;
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
    Entry entry = new Entry(table, peer, connection, origin, nextId(), now);
    of(peer).forEach(other -> idleAgain(other, now)); // what was kept as the only one
    pooled.add(entry);
    open++;
    nothingIdle = false;
    count(entry);
    if (origin == Origin.ADOPTED || origin == Origin.RELAYED) {
      adopted.put(connection, entry);
    }
    policy.added(entry);
    idleOrderOf(entry).renew(entry, now);
    announcements.opened(entry, effects);
    return entry;
  }

  private void count(Entry entry) {
    counters.opened++;
    if (entry.origin() == Origin.ACCEPTED) {
      inbound++;
      counters.accepted++;
    }
  }

  long nextId() {
    return ++lastId;
  }

  /** Takes an entry in that has left already: it is served, and never handed out. */
  Optional<Quiet> insertRetired(
      Entry entry, RemovalCause cause, long lingerNanos, Effects effects) {
    count(entry);
    announcements.opened(entry, effects);
    announcements.removed(entry, cause, effects);
    Farewell farewell = entry.farewell();
    farewell.cause = cause;
    farewell.lingerNanos = lingerNanos;
    entry.setState(UseWord.DRAINING);
    retired.add(entry);
    return settle(entry, effects);
  }

  /** An anonymous entry is known under a name from now on, which must be free. */
  void rename(Entry entry, Peer name) {
    policy.removed(entry);
    pooled.remove(entry);
    entry.rename(name);
    pooled.add(entry);
    policy.added(entry);
  }

  private IdleOrder idleOrderOf(Entry entry) {
    return entry.origin() == Origin.ACCEPTED ? idleInbound : idleOrder;
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
    idleAgain(entry, now);
    return true;
  }

  // Kept in.

  /** False if as many are protected as may be. */
  boolean protect(Peer peer, int most) {
    if (!guarded.contains(peer) && guarded.size() >= most) {
      return false;
    }
    guarded.add(peer);
    return true;
  }

  boolean unprotect(Peer peer) {
    return guarded.remove(peer);
  }

  /** Since when nothing has stood on an entry; empty if something does. */
  Optional<Long> idleSince(Entry entry, long now) {
    harvest(now);
    return entry.inIdleOrder && !entry.inUse()
        ? Optional.of(entry.idleSinceNanos)
        : Optional.empty();
  }

  /** An entry is as idle as the one whose place it took. */
  void idleSince(Entry entry, Optional<Long> since) {
    since.ifPresent(nanos -> idleOrderOf(entry).insert(entry, nanos));
  }

  /** An entry that could not expire can, from now on. */
  void idleAgain(Entry entry, long now) {
    if (!entry.inUse() && !entry.inIdleOrder) {
      idleOrderOf(entry).renew(entry, now);
    }
  }

  private boolean mayBeEvicted(Entry entry) {
    return guarded.isEmpty()
        || !guarded.contains(entry.peer())
        || !pooled.isItsPeersOnly(entry); // one is protected, not all
  }

  private boolean mayExpire(Entry entry) {
    return mayBeEvicted(entry) && (!isKept.test(entry.peer()) || !pooled.isItsPeersOnly(entry));
  }

  // Out.

  /** The one way out of the pool, of that entry and no newer one; false if it had left already. */
  boolean detach(Entry entry, RemovalCause cause, Effects effects) {
    if (!detached(entry, cause, effects)) {
      return false;
    }
    settle(entry, effects);
    return true;
  }

  private boolean detached(Entry entry, RemovalCause cause, Effects effects) {
    if (!pooled.contains(entry)) {
      return false;
    }
    policy.removed(entry); // who may ask how many the peer has
    pooled.remove(entry);
    open--;
    idleOrderOf(entry).remove(entry);
    onLeft.accept(entry, effects);
    entry.farewell().cause = cause;
    entry.setState(UseWord.DRAINING);
    counters.uses += entry.takeUses();
    if (cause == RemovalCause.DIED || cause == RemovalCause.UNRESPONSIVE) {
      counters.removedDead++;
    }
    announcements.removed(entry, cause, effects);
    retired.add(entry);
    if (cause == RemovalCause.DIED || cause == RemovalCause.UNRESPONSIVE) {
      close(entry, effects); // whoever stands on it learns of its end at once
    }
    return true;
  }

  /**
   * {@link #detach}es an entry on which the peer may be about to open a stream: it is closed when
   * nothing has stood on it for that long.
   *
   * @return after how long it is to be {@link #lingered settled}; empty if something stands on it
   */
  Optional<Quiet> detachLingering(
      Entry entry, RemovalCause cause, long lingerNanos, Effects effects) {
    entry.farewell().lingerNanos = lingerNanos;
    return detached(entry, cause, effects) ? settle(entry, effects) : Optional.empty();
  }

  /** A retired entry with nothing on it, which has {@link #lingered} after so many nanoseconds. */
  record Quiet(Entry entry, long nanos) {}

  /** The alarm of a lingering entry: it is closed if nothing has stood on it for long enough. */
  Optional<Quiet> lingered(Entry entry, Effects effects) {
    Farewell farewell = entry.farewell();
    farewell.lingers = false;
    if (entry.inUse()) {
      return Optional.empty(); // its last share sets the alarm anew
    }
    long left = farewell.lingerUntilNanos - entry.table().nanos();
    if (left > 0 && farewell.lingerNanos > 0) {
      farewell.lingers = true;
      return Optional.of(new Quiet(entry, left));
    }
    farewell.lingerNanos = 0;
    return settle(entry, effects);
  }

  /**
   * Lets a retired entry go once nothing stands on it any more, and it need not linger.
   *
   * @return after how long it has {@link #lingered}, if it has to
   */
  Optional<Quiet> settle(Entry entry, Effects effects) {
    if (entry.inUse() || !retired.contains(entry)) {
      return Optional.empty();
    }
    if (entry.state() == UseWord.CLOSED) {
      retired.remove(entry);
      return Optional.empty();
    }
    Farewell farewell = entry.farewell();
    if (farewell.lingerNanos > 0) {
      farewell.lingerUntilNanos = entry.table().nanos() + farewell.lingerNanos;
      boolean set = farewell.lingers;
      farewell.lingers = true;
      return set ? Optional.empty() : Optional.of(new Quiet(entry, farewell.lingerNanos));
    }
    if (entry.closeIfUnused()) { // else the peer has just opened a stream
      retired.remove(entry);
      closed(entry, effects);
    }
    return Optional.empty();
  }

  /** Nobody lingers any more. */
  void settleAll(Effects effects) {
    for (Entry entry : List.copyOf(retired)) {
      entry.farewell().lingerNanos = 0;
      settle(entry, effects);
    }
  }

  /** An entry is dead: closed, in the pool or not any more, whoever stands on it. */
  void dead(Entry entry, RemovalCause cause, Effects effects) {
    if (!detach(entry, cause, effects) && retired.contains(entry)) {
      entry.farewell().cause = cause;
      close(entry, effects);
    }
  }

  /** Closes what is retired and still in use. */
  void cut(Effects effects) {
    for (Entry entry : retired) {
      entry.farewell().cause = RemovalCause.POOL_CLOSED;
      close(entry, effects);
    }
  }

  void detachAll(RemovalCause cause, Effects effects) {
    listed().forEach(entry -> detach(entry, cause, effects));
  }

  /**
   * Closes the connection, the first time; also one that has ended, so that it frees what it holds.
   */
  private void close(Entry entry, Effects effects) {
    if (entry.state() == UseWord.DRAINING) {
      entry.setState(UseWord.CLOSED);
      closed(entry, effects);
    }
  }

  private void closed(Entry entry, Effects effects) {
    counters.closed++;
    if (entry.origin() == Origin.ACCEPTED) {
      inbound--;
    }
    adopted.remove(entry.connection(), entry);
    RemovalCause cause = entry.removal();
    effects.add(() -> Closing.close(entry.connection(), cause.code(), cause.text()));
  }

  // Eviction and expiry.

  /** Makes room by one idle entry, the policy's best victim. */
  boolean evict(long now, Effects effects) {
    return evict(now, effects, entry -> true);
  }

  /**
   * Makes room for a further connection of a peer, at nobody's cost but others'. Found in vain, it
   * looks again only when something has become idle, since a peer that is short of credit is asked
   * for often.
   */
  boolean evictForFurther(Peer peer, long now, Effects effects) {
    if (nothingIdle && recentUses.isEmpty()) {
      return false;
    }
    boolean evicted = evict(now, effects, entry -> !entry.peer().equals(peer));
    nothingIdle = !evicted;
    return evicted;
  }

  private boolean evict(long now, Effects effects, Predicate<Entry> among) {
    if (open == 0) {
      return false;
    }
    harvest(now);
    Entry victim = retireVictim(mayGo(graceNanos, now).and(among));
    if (victim == null && graceNanos > 0) {
      victim = retireVictim(mayGo(0, now).and(among)); // nothing else is idle
    }
    if (victim == null) {
      return false;
    }
    counters.evictions++;
    detach(victim, RemovalCause.EVICTED, effects);
    return true;
  }

  private Predicate<Entry> mayGo(long grace, long now) {
    return entry -> mayBeEvicted(entry) && entry.isOlder(grace, now);
  }

  private @Nullable Entry retireVictim(Predicate<Entry> mayGo) {
    Entry victim = policy.retireVictim(this, open, mayGo);
    return victim == null && !policy.namedAll() ? retireLongestIdle(mayGo) : victim;
  }

  /** What the pool chooses itself if the policy names nothing that is idle. */
  private @Nullable Entry retireLongestIdle(Predicate<Entry> mayGo) {
    Entry inboundOne = idleInbound.longest();
    Entry other = idleOrder.longest();
    boolean inboundFirst =
        other == null || inboundOne != null && inboundOne.idleSinceNanos - other.idleSinceNanos < 0;
    Entry victim = retireFirst(inboundFirst ? inboundOne : other, mayGo);
    return victim != null ? victim : retireFirst(inboundFirst ? other : inboundOne, mayGo);
  }

  private static @Nullable Entry retireFirst(@Nullable Entry longest, Predicate<Entry> mayGo) {
    for (Entry entry = longest; entry != null; entry = entry.shorterIdle) {
      if (mayGo.test(entry) && entry.retireIfIdle()) {
        return entry;
      }
    }
    return null;
  }

  /**
   * Makes room among the accepted ones: by one that lingers, or else by the one that is idle
   * longest.
   */
  boolean evictInbound(long now, Effects effects) {
    Optional<Entry> lingering =
        retired.stream()
            .filter(entry -> entry.origin() == Origin.ACCEPTED && !entry.inUse())
            .min(Comparator.comparingLong(Entry::id));
    if (lingering.isPresent()) {
      lingering.get().farewell().lingerNanos = 0;
      settle(lingering.get(), effects);
      return true;
    }
    harvest(now);
    Entry victim = retireFirst(idleInbound.longest(), mayGo(graceNanos, now));
    if (victim == null && graceNanos > 0) {
      victim = retireFirst(idleInbound.longest(), this::mayBeEvicted);
    }
    if (victim == null) {
      return false;
    }
    counters.evictions++;
    detach(victim, RemovalCause.EVICTED, effects);
    return true;
  }

  /** Whether a connection that a peer dialled is out of the pool and not closed yet. */
  boolean hasDrainingInbound(Peer peer) {
    return retired.stream()
        .anyMatch(entry -> entry.origin() == Origin.ACCEPTED && entry.peer().equals(peer));
  }

  /**
   * Attaches the time to what was used, and closes what has been idle for the idle timeout.
   *
   * @return how many nanoseconds are left until the next is due
   */
  Optional<Long> expire(long now, Effects effects) {
    harvest(now);
    Optional<Long> left = expire(idleOrder, now, effects);
    Optional<Long> leftInbound = expire(idleInbound, now, effects);
    return Stream.concat(left.stream(), leftInbound.stream()).min(Comparator.naturalOrder());
  }

  private Optional<Long> expire(IdleOrder order, long now, Effects effects) {
    for (Entry entry = order.longest(); entry != null; entry = order.longest()) {
      long left = entry.idleSinceNanos + limits.idleTimeoutNanos() - now;
      if (left > 0) {
        return Optional.of(left);
      }
      if (mayExpire(entry) && entry.retireIfUntouched()) {
        counters.expirations++;
        detach(entry, RemovalCause.EXPIRED, effects);
      } else {
        order.remove(entry); // in use, or kept: it comes back when it is no longer
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
        idleOrderOf(use.entry()).renew(use.entry(), now);
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
    List<Entry> all = listed();
    all.addAll(retired);
    return all;
  }

  /** All that are not closed, as they are now. */
  List<PooledConnection> snapshots(long now) {
    harvest(now);
    List<PooledConnection> all = new ArrayList<>();
    pooled.forEach(entry -> all.add(snapshot(entry, now)));
    retired.stream()
        .filter(entry -> entry.state() != UseWord.CLOSED)
        .forEach(entry -> all.add(snapshot(entry, now)));
    return all;
  }

  private static PooledConnection snapshot(Entry entry, long now) {
    long word = entry.word();
    return new PooledConnection(
        entry,
        Entry.shown(word),
        entry.inIdleOrder && !UseWord.hasShares(word)
            ? Optional.of(Duration.ofNanos(now - entry.idleSinceNanos))
            : Optional.empty(),
        UseWord.leases(word),
        UseWord.streams(word));
  }

  /** How many peers have a connection that is neither evicted nor expired, or would have. */
  int guardedPeers() {
    return guarded.size();
  }

  /** All that are pooled, while they change. */
  List<Entry> listed() {
    List<Entry> all = new ArrayList<>(open);
    pooled.forEach(all::add);
    return all;
  }
}

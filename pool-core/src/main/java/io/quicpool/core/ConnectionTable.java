package io.quicpool.core;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolListener;
import io.quicpool.PoolStats;
import io.quicpool.PutResult;
import io.quicpool.PutResult.Status;
import io.quicpool.RemovalCause;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pool's connections and those who wait for one: every decision is made here.
 *
 * <h2>What protects what</h2>
 *
 * <ul>
 *   <li><b>A hit takes no lock.</b> It reads {@link #ready}, a concurrent map, and takes a share in
 *       the entry's atomic {@link UseWord}. Giving the share back is the same word; the last one
 *       back also stamps the entry and, once between two decisions, pushes it on {@link
 *       RecentUses}.
 *   <li><b>Everything else is decided under {@link #lock}</b>: which peers are waited for, dials,
 *       room, eviction, expiry, replacement, the counters, and all calls to the eviction policy.
 *       Only under it do entries enter and leave {@code ready} and change their state.
 *   <li><b>What a decision leads to happens after the lock was let go</b>, through {@link Effects}:
 *       starting and cancelling dials, closing connections, completing futures, the listener. The
 *       eviction policy is the one piece of user code that runs under the lock (docs/adr/0004).
 * </ul>
 *
 * <h2>The races</h2>
 *
 * <ul>
 *   <li>Evict or expire against acquire: both change one word by compare-and-set, so one loses. A
 *       victim is retired only while no share is out.
 *   <li>Retire against the last release: the releaser sees in the word that the entry is not READY
 *       and comes here; the retirer, if shares are out, leaves the entry in {@link #retired} before
 *       it lets the lock go. Whoever is second finds the entry idle and closes it.
 *   <li>Waiting for room against becoming idle: the waiter sets {@link #hungry} and then looks for
 *       a victim; the releaser gives its share back and then looks at {@code hungry}. Both are
 *       volatile, so one of them sees the other.
 *   <li>A dial that ends against everybody leaving: a slot knows its dial, and the result of a dial
 *       that is not the slot's any more is closed.
 *   <li>A connection that dies against one that takes its place: removal is by entry, never by
 *       peer.
 * </ul>
 */
final class ConnectionTable {
  private final ReentrantLock lock = new ReentrantLock();

  /** The entries in state READY by peer; read by anyone, written under the lock. */
  private final ConcurrentHashMap<Peer, Entry> ready = new ConcurrentHashMap<>();

  private final RecentUses recentUses = new RecentUses();
  private final PoolTime time;
  private final Limits limits;
  private final Dialler dialler;
  private final Callbacks callbacks;
  private final StreamOpener streams;
  private final Reaper reaper;
  private final HealthMonitor health;

  /** Whether somebody waits for room, so that whoever makes an entry idle has to come here. */
  private volatile boolean hungry;

  // Guarded by the lock.
  private final GuardedPolicy policy;
  private final IdleOrder idleOrder = new IdleOrder();
  private final Map<Peer, Slot> slots = new HashMap<>();
  private final Set<Slot> waitingForRoom = new LinkedHashSet<>();
  private final Set<Entry> retired = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<QuicConnection> adopted = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Counters counters = new Counters();
  private int open;
  private int dialling;
  private int pendingForRoom;
  private long lastId;
  private boolean closing;
  private @Nullable CompletableFuture<Void> drained;
  private Effects decisionEffects = new Effects(); // of the decision that is being made

  /** The bounds of a pool. */
  record Limits(int maxConnections, int maxPending, long idleTimeoutNanos) {}

  ConnectionTable(
      Limits limits,
      PoolTime time,
      Dialler dialler,
      Callbacks callbacks,
      EvictionPolicy eviction,
      long acquireTimeoutNanos,
      HealthMonitor health) {
    this.limits = limits;
    this.time = time;
    this.dialler = dialler;
    this.callbacks = callbacks;
    this.policy =
        new GuardedPolicy(eviction, fault -> tell(decisionEffects, l -> l.policyFault(fault)));
    this.streams = new StreamOpener(time, callbacks, acquireTimeoutNanos);
    this.health = health;
    this.reaper = new Reaper(time, limits.idleTimeoutNanos(), this::expire);
  }

  // Hits: no lock.

  /** A lease on a pooled connection, if there is one that is up; counted as a hit. */
  @Nullable Lease hit(Peer peer) {
    Entry entry = ready.get(peer);
    return entry != null && entry.isOpen() && entry.tryAcquire() ? new EntryLease(entry) : null;
  }

  /** Called by an entry whose last share came back while it was READY. */
  void becameIdle(Entry entry, boolean toQueue) {
    if (toQueue && recentUses.push(entry)) {
      reaper.used();
    }
    if (hungry) {
      decide(this::serveRoom);
    }
  }

  /** Called by an entry whose last share came back when it was not READY any more. */
  void lastShareReturned(Entry entry) {
    decide(effects -> settleRetired(entry, effects));
  }

  // Misses.

  /** {@link #hit}, or nothing, which is counted as a miss. */
  Optional<Lease> hitOrMiss(Peer peer) throws PoolClosedException {
    Lease lease = hit(peer);
    if (lease != null) {
      return Optional.of(lease);
    }
    return decideChecked(
        effects -> {
          checkOpen();
          Lease late = hitUnderLock(peer, effects);
          if (late == null) {
            counters.misses++;
          }
          return Optional.ofNullable(late);
        });
  }

  /** Joins or starts the wait for a peer. The waiter returned may be served already. */
  Waiter request(Peer peer, long timeoutNanos, boolean async) throws PoolException {
    Waiter waiter =
        decideChecked(
            effects -> {
              checkOpen();
              Slot slot = slots.get(peer);
              Waiter joined =
                  new Waiter(
                      slot == null ? new Slot(peer) : slot,
                      timeoutNanos,
                      async ? callbacks.executor() : null);
              Lease lease = hitUnderLock(peer, effects);
              if (lease != null) {
                joined.settled = true;
                effects.add(() -> joined.complete(lease));
                return joined;
              }
              counters.misses++;
              if (ready.containsKey(peer)) {
                throw tooManyLeases(peer);
              }
              join(joined, slot == null, effects);
              return joined;
            });
    waiter.arm(time, () -> timeOut(waiter));
    return waiter;
  }

  private void join(Waiter waiter, boolean newSlot, Effects effects) throws PoolException {
    Slot slot = waiter.slot;
    if (newSlot && waitingForRoom.isEmpty() && makeRoom(effects)) {
      slots.put(slot.peer, slot);
      slot.waiters.add(waiter);
      startDial(slot, effects);
      return;
    }
    if (slot.dial == null) {
      if (pendingForRoom >= limits.maxPending()) {
        throw new PoolExhaustedException("no room for a connection to " + slot.peer + fullness());
      }
      pendingForRoom++;
      slots.put(slot.peer, slot);
      waitingForRoom.add(slot);
    }
    slot.waiters.add(waiter);
    if (newSlot) {
      hungry = true; // and only then look for a victim again: see the class comment
      serveRoom(effects);
    }
  }

  /** Leaves the wait, after a cancel or an interrupt. */
  void leave(Waiter waiter) {
    decide(effects -> withdraw(waiter, effects));
  }

  private void timeOut(Waiter waiter) {
    decide(
        effects -> {
          Slot slot = waiter.slot;
          String doing = slot.dial == null ? "no room for a connection" : "no connection";
          if (withdraw(waiter, effects)) {
            String message =
                doing
                    + " to "
                    + slot.peer
                    + " within "
                    + Duration.ofNanos(waiter.timeoutNanos).toMillis()
                    + " ms"
                    + fullness();
            effects.add(() -> waiter.fail(new AcquireTimeoutException(message)));
          }
        });
  }

  private boolean withdraw(Waiter waiter, Effects effects) {
    Slot slot = waiter.slot;
    if (waiter.settled) {
      return false;
    }
    waiter.settled = true;
    slot.waiters.remove(waiter);
    if (slot.dial == null) {
      pendingForRoom--;
    }
    if (slot.waiters.isEmpty()) {
      slots.remove(slot.peer);
      waitingForRoom.remove(slot);
      abandonDial(slot, effects);
      serveRoom(effects);
    }
    return true;
  }

  private @Nullable Lease hitUnderLock(Peer peer, Effects effects) {
    Entry entry = ready.get(peer);
    if (entry == null) {
      return null;
    }
    if (!entry.isOpen()) {
      detach(entry, RemovalCause.DIED, effects);
      return null;
    }
    if (!entry.tryAcquire()) { // its uses are full, or 2^20 leases stand on it
      reportUses(entry, entry.takeUses());
      if (!entry.tryAcquire()) {
        return null;
      }
    }
    return new EntryLease(entry);
  }

  // Room.

  /** Whether one more dial fits, if need be in the place of an idle connection. */
  private boolean makeRoom(Effects effects) {
    return open + dialling < limits.maxConnections() || evict(effects);
  }

  private void serveRoom(Effects effects) {
    while (!waitingForRoom.isEmpty() && makeRoom(effects)) {
      Slot next = waitingForRoom.iterator().next();
      waitingForRoom.remove(next);
      pendingForRoom -= next.waiters.size();
      startDial(next, effects);
    }
    hungry = !waitingForRoom.isEmpty();
  }

  private boolean evict(Effects effects) {
    if (open == 0) {
      return false;
    }
    harvest();
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

  boolean owns(Entry entry) {
    return entry.table() == this && ready.get(entry.peer()) == entry;
  }

  // Dials.

  private void startDial(Slot slot, Effects effects) {
    Dial dial = dialler.to(slot.peer);
    slot.dial = dial;
    dialling++;
    counters.dials++;
    tell(effects, listener -> listener.dialStarted(slot.peer));
    effects.add(
        () -> {
          dial.start();
          if (dial.result().isDone()) { // in this loop: dials that end at once must not nest
            dial.result().whenComplete((c, failure) -> decideInto(effects, slot, dial, c, failure));
          } else {
            dial.result()
                .whenComplete(
                    (c, failure) -> decide(later -> dialEnded(slot, dial, c, failure, later)));
          }
        });
  }

  private void decideInto(
      Effects effects,
      Slot slot,
      Dial dial,
      @Nullable QuicConnection connection,
      @Nullable Throwable failure) {
    locked(
        effects,
        same -> {
          dialEnded(slot, dial, connection, failure, same);
          return same;
        });
  }

  private void abandonDial(Slot slot, Effects effects) {
    Dial dial = slot.dial;
    if (dial != null) {
      slot.dial = null;
      dialling--;
      counters.dialsFailed++;
      effects.add(() -> dial.result().cancel(false));
    }
  }

  private void dialEnded(
      Slot slot,
      Dial dial,
      @Nullable QuicConnection connection,
      @Nullable Throwable failure,
      Effects effects) {
    if (slot.dial != dial) { // everybody left, or somebody put a connection
      if (connection != null) {
        effects.add(() -> Closing.close(connection, 0, ""));
      }
      return;
    }
    slot.dial = null;
    dialling--;
    slots.remove(slot.peer);
    if (connection != null) {
      grant(slot, insert(slot.peer, connection, Origin.DIALLED, effects), effects);
    } else {
      counters.dialsFailed++;
      PoolException cause = failureOf(slot.peer, failure);
      tell(effects, listener -> listener.dialFailed(slot.peer, cause));
      failAll(slot, effects, () -> copyFor(cause));
    }
    serveRoom(effects);
  }

  private static PoolException failureOf(Peer peer, @Nullable Throwable failure) {
    return failure instanceof PoolException typed
        ? typed
        : new ConnectFailedException(
            ConnectFailedException.Phase.HANDSHAKE, "the dial of " + peer + " was given up");
  }

  /** An exception of its own for each waiter: they are thrown on different threads. */
  private static PoolException copyFor(PoolException cause) {
    if (cause instanceof ConnectFailedException failed) {
      String message = String.valueOf(failed.getMessage());
      return new ConnectFailedException(
          failed.phase(), message.substring(message.indexOf(": ") + 2), failed);
    }
    return new PoolClosedException(String.valueOf(cause.getMessage()), cause);
  }

  private void failAll(Slot slot, Effects effects, Supplier<PoolException> failure) {
    if (slot.dial == null && waitingForRoom.remove(slot)) {
      pendingForRoom -= slot.waiters.size();
    }
    for (Waiter waiter : slot.waiters) {
      waiter.settled = true;
      effects.add(() -> waiter.fail(failure.get()));
    }
    slot.waiters.clear();
  }

  private void grant(Slot slot, Entry entry, Effects effects) {
    for (Waiter waiter : slot.waiters) {
      waiter.settled = true;
      if (entry.tryAcquire()) {
        counters.missesServed++;
        Lease lease = new EntryLease(entry);
        effects.add(() -> waiter.complete(lease));
      } else {
        effects.add(() -> waiter.fail(tooManyLeases(slot.peer)));
      }
    }
    slot.waiters.clear();
  }

  private static PoolExhaustedException tooManyLeases(Peer peer) {
    return new PoolExhaustedException(
        "at most "
            + UseWord.MAX_LEASES
            + " leases may stand on a connection, the one to "
            + peer
            + " has as many");
  }

  // In and out.

  private Entry insert(Peer peer, QuicConnection connection, Origin origin, Effects effects) {
    Entry entry = new Entry(this, peer, connection, origin, ++lastId, time.nanos());
    ready.put(peer, entry);
    open++;
    counters.opened++;
    policy.added(entry);
    idleOrder.renew(entry, time.nanos());
    tell(effects, listener -> listener.opened(entry));
    effects.add(
        () -> {
          reaper.entered();
          health.entered(this);
          connection.closed().whenComplete((reason, failure) -> ended(entry, reason, failure));
        });
    return entry;
  }

  private void ended(Entry entry, @Nullable CloseReason reason, @Nullable Throwable failure) {
    CloseReason told =
        reason != null
            ? reason
            : new CloseReason(CloseReason.Kind.LOST, 0, String.valueOf(failure));
    decide(
        effects -> {
          if (!detach(entry, RemovalCause.DIED, effects)) {
            settleDead(entry, effects);
          }
          tell(effects, listener -> listener.closed(entry, told));
          serveRoom(effects);
        });
  }

  /** Takes a connection out of the pool, that one and no newer one. */
  boolean remove(Entry entry, RemovalCause cause) {
    return decideResult(
        effects -> {
          boolean removed = detach(entry, cause, effects);
          serveRoom(effects);
          return removed;
        });
  }

  boolean removePeer(Peer peer, RemovalCause cause) {
    Entry entry = ready.get(peer);
    return entry != null && remove(entry, cause);
  }

  /** The one way out of {@link #ready}; false if the entry had left already. */
  private boolean detach(Entry entry, RemovalCause cause, Effects effects) {
    if (!ready.remove(entry.peer(), entry)) {
      return false;
    }
    open--;
    idleOrder.remove(entry);
    adopted.remove(entry.connection());
    policy.removed(entry);
    entry.removal = cause;
    entry.setState(cause == RemovalCause.DIED ? UseWord.CLOSED : UseWord.DRAINING);
    counters.uses += entry.takeUses();
    if (cause == RemovalCause.DIED || cause == RemovalCause.UNRESPONSIVE) {
      counters.removedDead++;
    }
    if (cause == RemovalCause.DIED) {
      counters.closed++;
      effects.add(() -> Closing.close(entry.connection(), cause.code(), cause.text()));
    }
    tell(effects, listener -> listener.removed(entry, cause));
    retired.add(entry);
    settleRetired(entry, effects);
    return true;
  }

  /** Closes a retired entry that nothing stands on any more. */
  private void settleRetired(Entry entry, Effects effects) {
    if (entry.inUse() || !retired.remove(entry)) {
      return;
    }
    if (entry.state() == UseWord.DRAINING) {
      closeRetired(entry, effects);
    }
    if (drained != null && retired.isEmpty()) {
      CompletableFuture<Void> done = drained;
      effects.add(() -> done.complete(null));
    }
  }

  private void closeRetired(Entry entry, Effects effects) {
    entry.setState(UseWord.CLOSED);
    counters.closed++;
    RemovalCause cause = entry.removal;
    effects.add(() -> Closing.close(entry.connection(), cause.code(), cause.text()));
  }

  /** A retired entry that is still in use and whose connection has ended by itself. */
  private void settleDead(Entry entry, Effects effects) {
    if (retired.contains(entry) && entry.state() == UseWord.DRAINING) {
      closeRetired(entry, effects);
    }
  }

  /** Pools a connection made elsewhere; its identity has been checked. */
  PutResult put(Peer peer, QuicConnection connection) {
    return decideResult(
        effects -> {
          if (closing) {
            return refused(Status.REFUSED_POOL_CLOSED, "the pool is closed");
          }
          if (!connection.isOpen()) {
            return refused(Status.REFUSED_CLOSED, "the connection must be open, it has ended");
          }
          Entry old = ready.get(peer);
          if (old != null && old.connection() == connection) {
            return new PutResult(Status.ALREADY_POOLED, "it was pooled under " + peer + " already");
          }
          if (adopted.contains(connection)) {
            return refused(Status.REFUSED_IDENTITY, "the connection is pooled under another peer");
          }
          return adopt(peer, connection, old, effects);
        });
  }

  private PutResult adopt(
      Peer peer, QuicConnection connection, @Nullable Entry old, Effects effects) {
    Slot slot = slots.get(peer);
    if (old != null) {
      if (old.inUse() && drainingCount() >= limits.maxConnections()) {
        return refused(
            Status.REFUSED_FULL,
            "at most " + limits.maxConnections() + " connections may be draining, they are");
      }
      detach(old, RemovalCause.REPLACED, effects);
    } else if (slot == null || slot.dial == null) {
      if (!makeRoom(effects)) {
        return refused(Status.REFUSED_FULL, "there is no room for it" + fullness());
      }
    }
    if (slot != null) {
      slots.remove(peer);
      abandonDial(slot, effects);
      if (waitingForRoom.remove(slot)) {
        pendingForRoom -= slot.waiters.size();
      }
    }
    adopted.add(connection);
    Entry entry = insert(peer, connection, Origin.ADOPTED, effects);
    if (slot != null) {
      grant(slot, entry, effects);
    }
    serveRoom(effects);
    return old == null
        ? new PutResult(Status.ADOPTED, "pooled under " + peer)
        : new PutResult(Status.REPLACED, "pooled under " + peer + " in the place of " + old);
  }

  private static PutResult refused(Status status, String why) {
    return new PutResult(status, why);
  }

  // Time.

  /** Attaches the time to what was used, and closes what has been idle for the idle timeout. */
  private Optional<Long> expire() {
    return decideResult(
        effects -> {
          harvest();
          long now = time.nanos();
          for (Entry entry = idleOrder.longest(); entry != null; entry = idleOrder.longest()) {
            long left = entry.idleSinceNanos + limits.idleTimeoutNanos() - now;
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
        });
  }

  private void harvest() {
    List<RecentUses.Use> uses = recentUses.harvest();
    if (uses.isEmpty()) {
      return;
    }
    long now = time.nanos();
    for (RecentUses.Use use : uses) {
      Entry entry = use.entry();
      if (owns(entry)) {
        reportUses(entry, UseWord.uses(use.word()));
        idleOrder.renew(entry, now);
      } else {
        counters.uses += UseWord.uses(use.word());
      }
    }
  }

  private void reportUses(Entry entry, long count) {
    counters.uses += count;
    policy.used(entry, count);
  }

  // Shutdown.

  /**
   * Begins to close: fails who waits, takes everything out of the pool.
   *
   * @return completes when nothing is in use any more
   */
  CompletableFuture<Void> beginClose() {
    return decideResult(
        effects -> {
          closing = true;
          CompletableFuture<Void> done = new CompletableFuture<>();
          drained = done;
          for (Slot slot : List.copyOf(slots.values())) {
            failAll(slot, effects, () -> new PoolClosedException("the pool was closed meanwhile"));
            abandonDial(slot, effects);
          }
          slots.clear();
          hungry = false;
          List.copyOf(ready.values()).forEach(e -> detach(e, RemovalCause.POOL_CLOSED, effects));
          if (retired.isEmpty()) {
            effects.add(() -> done.complete(null));
          }
          effects.add(reaper::stop);
          effects.add(health::stop);
          return done;
        });
  }

  /** Closes what is still in use. */
  void cut() {
    decide(
        effects -> {
          for (Entry entry : retired) {
            if (entry.state() == UseWord.DRAINING) {
              entry.removal = RemovalCause.POOL_CLOSED;
              closeRetired(entry, effects);
            }
          }
        });
  }

  // Looking.

  Collection<Entry> pooled() {
    return ready.values();
  }

  Set<Peer> peers() {
    return Set.copyOf(ready.keySet());
  }

  RecentUses recentUses() {
    return recentUses;
  }

  StreamOpener streams() {
    return streams;
  }

  long nanos() {
    return time.nanos();
  }

  PoolStats stats() {
    return decideResult(
        effects -> {
          List<Entry> all = new ArrayList<>(ready.values());
          int idle = 0;
          long leased = 0;
          long streamShares = 0;
          long uses = counters.uses;
          all.addAll(retired);
          for (Entry entry : all) {
            long word = entry.word();
            leased += UseWord.leases(word);
            streamShares += UseWord.streams(word);
            uses += UseWord.uses(word);
            if (UseWord.state(word) == UseWord.READY && !UseWord.hasShares(word)) {
              idle++;
            }
          }
          int waiting = 0;
          for (Slot slot : slots.values()) {
            waiting += slot.waiters.size();
          }
          return new PoolStats(
              uses - counters.missesServed,
              counters.misses,
              counters.dials,
              counters.dialsFailed,
              counters.opened,
              counters.closed,
              counters.evictions,
              counters.expirations,
              counters.removedDead,
              uses,
              open,
              dialling,
              drainingCount(),
              idle,
              leased,
              streamShares,
              waiting,
              policy.faults(),
              limits.maxConnections());
        });
  }

  private int drainingCount() {
    return (int) (counters.opened - counters.closed - open);
  }

  /** Such as " (3 dialling, 100/100 open, 12 waiting)". */
  private String fullness() {
    int waiting = slots.values().stream().mapToInt(slot -> slot.waiters.size()).sum();
    return " ("
        + dialling
        + " dialling, "
        + open
        + "/"
        + limits.maxConnections()
        + " open, "
        + waiting
        + " waiting)";
  }

  // The shape of every decision.

  @FunctionalInterface
  private interface Decision<T, X extends Exception> {
    T make(Effects effects) throws X;
  }

  private void decide(Consumer<Effects> decision) {
    decideResult(
        effects -> {
          decision.accept(effects);
          return effects;
        });
  }

  private <T> T decideResult(Decision<T, RuntimeException> decision) {
    return decideChecked(decision);
  }

  private <T, X extends Exception> T decideChecked(Decision<T, X> decision) throws X {
    Effects effects = new Effects();
    try {
      return locked(effects, decision);
    } finally {
      effects.run();
    }
  }

  private <T, X extends Exception> T locked(Effects effects, Decision<T, X> decision) throws X {
    lock.lock();
    try {
      policy.checkNotInPolicy();
      decisionEffects = effects;
      return decision.make(effects);
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() throws PoolClosedException {
    if (closing) {
      throw new PoolClosedException("the pool is closed");
    }
  }

  private void tell(Effects effects, Consumer<PoolListener> event) {
    effects.add(() -> callbacks.tell(event));
  }
}

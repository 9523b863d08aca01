package io.quicpool.core;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.LeakedLeaseException;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolLimits;
import io.quicpool.PoolStats;
import io.quicpool.PooledConnection;
import io.quicpool.RemovalCause;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The pool's connections and those who wait for one: every decision is made here.
 *
 * <h2>What protects what</h2>
 *
 * <ul>
 *   <li><b>A hit takes no lock.</b> It reads a concurrent map and takes a share in the entry's
 *       atomic {@link UseWord}. Giving the share back is the same word; the last one back also
 *       stamps the entry and, once between two decisions, pushes it on {@link RecentUses}.
 *   <li><b>Everything else is decided under the one lock of {@link Decisions}</b>: what is pooled
 *       ({@link Roster}), who waits for what ({@link PendingPeers}), the {@link Counters}, and all
 *       calls to the eviction policy. Only under it do entries enter, leave and change their state.
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
 *       and comes here; the retirer leaves an entry that is in use among the retired before it lets
 *       the lock go. Whoever is second finds the entry idle and closes it.
 *   <li>Waiting for room against becoming idle: the waiter sets the hungry flag and then looks for
 *       a victim; the releaser gives its share back and then looks at the flag. Both are volatile,
 *       so one of them sees the other.
 *   <li>A dial that ends against everybody leaving: a slot knows its dial, and the result of a dial
 *       that is not the slot's any more is closed.
 *   <li>A connection that dies against one that takes its place: removal is by entry, never by
 *       peer.
 * </ul>
 */
final class ConnectionTable {
  private static final long FIRST_TLS_ALERT = 0x100; // CRYPTO_ERROR: RFC 9001, section 4.8
  private static final long LAST_TLS_ALERT = 0x1ff;

  private final Decisions decisions = new Decisions();
  private final Counters counters = new Counters();
  private final Roster roster;
  private final PendingPeers pending;
  private final DialBackoff backoff;
  private final PoolTime time;
  private final CurrentLimits limits;
  private final Dialler dialler;
  private final Callbacks callbacks;
  private final Announcements announcements;
  private final StreamOpener streams;
  private final Reaper reaper;
  private final HealthMonitor health;
  private final Leases leases;
  private final StreamServer server;
  private final Admission admission;
  private final Upkeep upkeep;
  private final LeastLoaded choice;

  private boolean closing; // guarded by the lock
  private @Nullable CompletableFuture<Void> drained; // guarded by the lock

  /** The bounds of a pool: those that can change, and those that stay. */
  record Limits(
      CurrentLimits current,
      int maxPerPeer,
      int maxInbound,
      long maxBackoffNanos,
      Optional<Long> maxLifetimeNanos,
      long graceNanos) {}

  ConnectionTable(
      Limits limits,
      PoolTime time,
      Dialler dialler,
      Callbacks callbacks,
      Announcements announcements,
      EvictionPolicy eviction,
      HealthMonitor health,
      Leases leases,
      StreamServer server,
      Rivals rivals) {
    this.limits = limits.current();
    this.leases = leases;
    this.server = server;
    this.time = time;
    this.dialler = dialler;
    this.callbacks = callbacks;
    this.announcements = announcements;
    this.health = health;
    this.pending = new PendingPeers(announcements, counters, leases, limits.current());
    this.backoff = new DialBackoff(limits.maxBackoffNanos(), time.nanos());
    GuardedPolicy policy =
        new GuardedPolicy(eviction, fault -> announcements.policyFault(fault, decisions.current()));
    this.roster =
        new Roster(
            policy,
            announcements,
            counters,
            limits.current(),
            limits.graceNanos(),
            peer -> upkeepOf().isWarm(peer),
            (entry, effects) -> upkeepOf().left(entry, effects));
    this.choice = new LeastLoaded(roster.pooled(), limits.maxPerPeer());
    this.streams =
        new StreamOpener(time, callbacks, limits.current(), choice.choosesAmongSeveral());
    this.admission =
        new Admission(
            this,
            decisions,
            roster,
            choice,
            pending,
            backoff,
            counters,
            announcements,
            rivals,
            time,
            new Admission.Limits(
                limits.current(),
                limits.maxInbound(),
                server.isServing() ? limits.current().idleTimeoutNanos() : 0));
    this.upkeep = new Upkeep(this, decisions, roster, backoff, time, limits.maxLifetimeNanos());
    this.reaper = new Reaper(time, limits.current(), this::expire);
  }

  // Hits: no lock.

  /** A lease on a pooled connection, if there is one that is up; counted as a hit. */
  @Nullable Lease hit(Peer peer) {
    Entry entry = choice.forHit(peer);
    return entry != null && entry.isOpen() && entry.tryAcquire() ? leases.of(entry) : null;
  }

  /** Called by an entry whose last share came back while it was READY. */
  void becameIdle(Entry entry, boolean toQueue) {
    if (toQueue && roster.recentUses().push(entry)) {
      reaper.used();
    }
    if (pending.isHungry()) {
      decisions.run(this::serveRoom);
    }
  }

  /** Called by an entry whose last share came back when it was not READY any more. */
  void lastShareReturned(Entry entry) {
    decisions.run(
        effects -> {
          settleLater(roster.settle(entry, effects), effects);
          checkDrained(effects);
        });
  }

  // Misses.

  /** {@link #hit}, or nothing, which is counted as a miss. */
  Optional<Lease> hitOrMiss(Peer peer) throws PoolClosedException {
    Lease lease = hit(peer);
    if (lease != null) {
      return Optional.of(lease);
    }
    return decisions.make(
        effects -> {
          checkOpen();
          removeEnded(peer, effects);
          Lease late = hitUnderLock(peer);
          if (late == null) {
            counters.misses++;
          }
          return Optional.ofNullable(late);
        });
  }

  /** Joins or starts the wait for a peer. The waiter returned may be served already. */
  Waiter request(Peer peer, long timeoutNanos, boolean async, boolean ignoresBackoff)
      throws PoolException {
    Waiter waiter =
        decisions.make(
            effects -> {
              checkOpen();
              removeEnded(peer, effects);
              Slot slot = pending.slotOf(peer);
              slot.askedFor(peer);
              Waiter joined = new Waiter(slot, timeoutNanos, async ? callbacks.executor() : null);
              boolean further = mayWaitForFurther(slot, ignoresBackoff, effects);
              Lease lease = further ? null : hitUnderLock(peer);
              if (lease != null) {
                joined.settled = true;
                effects.add(() -> joined.complete(lease));
                return joined;
              }
              counters.misses++;
              announcements.waits(joined);
              if (further) {
                waitForFurther(joined, effects);
                return joined;
              }
              try {
                join(joined, ignoresBackoff, effects);
              } catch (PoolException e) {
                announcements.waitFailed(joined, e, effects);
                throw e;
              }
              return joined;
            });
    waiter.arm(time, () -> timeOut(waiter));
    return waiter;
  }

  private @Nullable Lease hitUnderLock(Peer peer) {
    Entry entry = choice.of(peer);
    if (entry == null) {
      return null;
    }
    if (!entry.tryAcquire()) { // its count of uses is full, or too many leases stand on it
      roster.reportUses(entry);
      if (!entry.tryAcquire()) {
        return null;
      }
    }
    return leases.of(entry);
  }

  /** Removes those of a peer's that have ended, before anything is decided about the peer. */
  void removeEnded(Peer peer, Effects effects) {
    for (Entry entry : roster.of(peer)) {
      if (!entry.isOpen()) {
        dead(entry, RemovalCause.DIED, effects);
      }
    }
  }

  /**
   * Whether a caller is to wait for a further connection to a peer whose others are short of
   * credit: one is being dialled, or can be without delay. Nobody waits for room for it.
   */
  private boolean mayWaitForFurther(Slot slot, boolean ignoresBackoff, Effects effects) {
    if (!choice.wantsMore(slot.peer)) {
      return false;
    }
    return slot.dial != null
        || (ignoresBackoff || backoff.left(slot.peer, time.nanos()) <= 0)
            && !pending.anyWaitForRoom()
            && (hasRoom() || roster.evictForFurther(slot.peer, time.nanos(), effects) && hasRoom());
  }

  private void waitForFurther(Waiter waiter, Effects effects) {
    Slot slot = waiter.slot;
    pending.joinDial(waiter);
    if (slot.dial == null) {
      slot.further = true;
      startDial(slot, effects);
    }
    Entry pooled = choice.of(slot.peer);
    if (pooled != null) {
      long nanos = Patience.with(pooled.connection()).toNanos();
      effects.add(
          () -> waiter.arm(time, nanos, () -> decisions.run(later -> serveWithout(waiter, later))));
    }
  }

  /**
   * Serves a waiter who waits for a further connection with what there is; the dial goes on.
   *
   * @return false if it waits for something else, or there is nothing
   */
  private boolean serveWithout(Waiter waiter, Effects effects) {
    Slot slot = waiter.slot;
    Entry pooled = slot.further && slot.dial != null ? choice.of(slot.peer) : null;
    if (waiter.settled || pooled == null) {
      return false;
    }
    slot.ahead = true;
    pending.withdraw(waiter, effects);
    pending.grant(waiter, pooled, effects);
    return true;
  }

  private void join(Waiter waiter, boolean ignoresBackoff, Effects effects) throws PoolException {
    Slot slot = waiter.slot;
    if (slot.dial != null) { // also if what is pooled, which is suspect, came after it began
      pending.joinDial(waiter);
      return;
    }
    if (roster.find(slot.peer) != null) {
      if (choice.of(slot.peer) != null) {
        throw PendingPeers.tooManyLeases(slot.peer);
      }
      pending.joinSuspect(waiter);
      return;
    }
    if (!ignoresBackoff) {
      Optional<ConnectFailedException> refusal = backoff.refusal(slot.peer, time.nanos());
      if (refusal.isPresent()) {
        throw refusal.get();
      }
    }
    if (slot.waiters.isEmpty() && !pending.anyWaitForRoom() && makeRoom(effects)) {
      pending.joinDial(waiter);
      startDial(slot, effects);
    } else {
      boolean first = slot.waiters.isEmpty();
      pending.joinQueue(waiter, this::fullness);
      if (first) {
        serveRoom(effects);
      }
    }
  }

  /** Leaves the wait, after a cancel or an interrupt. */
  void leave(Waiter waiter) {
    decisions.run(
        effects -> {
          if (pending.withdraw(waiter, effects)) {
            announcements.waitLeft(waiter, effects);
          }
          serveRoom(effects);
        });
  }

  private void timeOut(Waiter waiter) {
    decisions.run(
        effects -> {
          if (serveWithout(waiter, effects)) {
            return;
          }
          Slot slot = waiter.slot;
          String message =
              (pending.waitsForRoom(slot) ? "no room for a connection" : "no connection")
                  + " to "
                  + slot.peer
                  + " within "
                  + Duration.ofNanos(waiter.timeoutNanos).toMillis()
                  + " ms"
                  + fullness();
          if (pending.withdraw(waiter, effects)) {
            pending.fail(waiter, new AcquireTimeoutException(message), effects);
            serveRoom(effects);
          }
        });
  }

  // Room and dials.

  /** Whether one more dial fits, if need be in the place of an idle connection. */
  boolean makeRoom(Effects effects) {
    return hasRoom() || roster.evict(time.nanos(), effects) && hasRoom();
  }

  boolean hasRoom() {
    return roster.open() + pending.dialling() < limits.maxConnections();
  }

  /** There are more than may be, since the limit was lowered while they were in use. */
  private boolean isOverfull() {
    return roster.open() + pending.dialling() > limits.maxConnections();
  }

  void serveRoom(Effects effects) {
    if (isOverfull()) {
      pending.wantsRoom(); // first: who becomes idle meanwhile sees it
      while (isOverfull() && roster.evict(time.nanos(), effects)) {
        // until the limit is kept, or nothing is idle
      }
    }
    while (pending.anyWaitForRoom() && makeRoom(effects)) {
      startDial(pending.nextForRoom(), effects);
    }
    pending.served(isOverfull());
  }

  /**
   * Dials a peer for which nobody waits.
   *
   * @param replaced the connection whose place it takes, if it is for that
   * @return false if there is no room without evicting another, or a dial is for something else
   */
  boolean dialAhead(Peer peer, Optional<Entry> replaced, Effects effects) {
    Slot slot = pending.slotOf(peer);
    slot.askedFor(peer);
    if (slot.dial != null) {
      Entry before = slot.replaced;
      if (replaced.isPresent()
          && (slot.further || before != null && before != replaced.get() && roster.owns(before))) {
        return false;
      }
      slot.ahead = true; // also if whoever began it leaves
      slot.replaced = replaced.orElse(slot.replaced);
      return true;
    }
    if (pending.waitsWithoutDial(slot)
        || !hasRoom()
        || roster.draining() >= limits.maxConnections()) {
      return false;
    }
    pending.addAhead(slot);
    slot.replaced = replaced.orElse(null);
    startDial(slot, effects);
    return true;
  }

  private void startDial(Slot slot, Effects effects) {
    Dial dial = dialler.to(slot.target());
    pending.dials(slot, dial);
    slot.dialledAtNanos = time.nanos();
    announcements.dialStarted(slot, effects);
    effects.add(
        () -> {
          begin(dial);
          if (dial.result().isDone()) { // in this loop: dials that end at once must not nest
            dial.result()
                .whenComplete(
                    (made, failure) ->
                        decisions.runInto(
                            effects, same -> dialEnded(slot, dial, made, failure, same)));
          } else {
            dial.result()
                .whenComplete(
                    (made, failure) ->
                        decisions.run(later -> dialEnded(slot, dial, made, failure, later)));
          }
        });
  }

  private static void begin(Dial dial) {
    try {
      dial.start();
    } catch (RuntimeException | Error e) {
      // A resolver's or a transport's: nobody else would end it.
      dial.result()
          .completeExceptionally(
              new ConnectFailedException(
                  ConnectFailedException.Phase.HANDSHAKE, "the dial could not be begun: " + e, e));
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
    pending.dialEnded(slot);
    if (connection != null) {
      backoff.clear(slot.peer, time.nanos());
      announcements.dialSucceeded(slot, effects);
      admission.dialled(slot, connection, effects);
    } else {
      counters.dialsFailed++;
      PoolException cause = PendingPeers.failureOf(slot.peer, failure);
      removeEnded(slot.peer, effects);
      Entry pooled = roster.find(slot.peer); // it has dialled us meanwhile
      if ((pooled == null || slot.further) && !dial.isNowhere()) {
        backoff.failed(slot.peer, cause, slot.dialledAtNanos, time.nanos());
      }
      announcements.dialFailed(slot, cause, effects);
      if (pooled == null) {
        pending.fail(slot, effects, () -> PendingPeers.copyOf(cause));
      } else {
        grantOrAwait(slot, effects);
      }
      upkeep.dialFailed(slot, effects);
    }
    serveRoom(effects);
  }

  /** The waiters of a slot that was taken out, whose peer has a connection. */
  void grantOrAwait(Slot slot, Effects effects) {
    Entry ready = choice.of(slot.peer);
    if (ready == null) {
      pending.rejoinSuspect(slot);
    } else {
      pending.grant(slot, ready, effects);
    }
  }

  // In and out.

  /** Takes a connection in, for which there is room. */
  Entry insert(Peer peer, QuicConnection connection, Origin origin, Effects effects) {
    Entry entry = roster.insert(this, peer, connection, origin, time.nanos(), effects);
    watch(entry, effects);
    upkeep.entered(entry, effects);
    effects.add(reaper::entered);
    effects.add(() -> health.entered(this));
    return entry;
  }

  /** Takes a connection in that drains from the first, since a better one is pooled. */
  void insertLoser(
      Peer peer, QuicConnection connection, Origin origin, long lingerNanos, Effects effects) {
    Entry entry = new Entry(this, peer, connection, origin, roster.nextId(), time.nanos());
    watch(entry, effects);
    settleLater(roster.insertRetired(entry, RemovalCause.REPLACED, lingerNanos, effects), effects);
  }

  private void watch(Entry entry, Effects effects) {
    effects.add(() -> server.serve(entry));
    effects.add(() -> entry.connection().onClosed(entry));
  }

  /** Called by an entry whose connection has ended. */
  void ended(Entry entry, CloseReason told) {
    decisions.run(
        effects -> {
          boolean died = roster.owns(entry);
          dead(entry, RemovalCause.DIED, effects);
          Farewell farewell = entry.farewell();
          if (farewell.endTold) {
            return;
          }
          farewell.endTold = true;
          if (died && entry.origin() == Origin.DIALLED && isUnwanted(entry, told)) {
            unwanted(entry, told);
          }
          announcements.closed(entry, told, effects);
        });
  }

  /**
   * Whether a peer that ends a connection does not want it: it closes a further one at once, or
   * refuses us in TLS, which with TLS 1.3 it can after our side of the handshake is over (a client
   * certificate that is missing, say).
   */
  private boolean isUnwanted(Entry entry, CloseReason reason) {
    boolean further =
        choice.choosesAmongSeveral()
            && entry.isBrandNew(time.nanos())
            && roster.find(entry.peer()) != null;
    return further || isTlsAlert(reason);
  }

  private static boolean isTlsAlert(CloseReason reason) { // RFC 9001, section 4.8
    return reason.kind() == CloseReason.Kind.PEER_TRANSPORT
        && reason.code() >= FIRST_TLS_ALERT
        && reason.code() <= LAST_TLS_ALERT;
  }

  /** Who asks next is told why, as after a dial that failed, until it is worth another try. */
  private void unwanted(Entry entry, CloseReason reason) {
    String why = entry + " was refused: " + reason;
    if (isTlsAlert(reason)) {
      why += ", TLS alert " + (reason.code() - FIRST_TLS_ALERT);
    }
    ConnectFailedException cause =
        new ConnectFailedException(ConnectFailedException.Phase.HANDSHAKE, why);
    backoff.failed(entry.peer(), cause, time.nanos(), time.nanos());
  }

  /** Takes a connection out of the pool, that one and no newer one. */
  void remove(Entry entry, RemovalCause cause) {
    decisions.run(
        effects -> {
          detach(entry, cause, effects);
          serveRoom(effects);
        });
  }

  private void detach(Entry entry, RemovalCause cause, Effects effects) {
    roster.detach(entry, cause, effects);
    suspectLeft(entry.peer());
  }

  /** A connection was found dead: it is closed, also if it is out of the pool and still in use. */
  void removeDead(Entry entry, RemovalCause cause) {
    decisions.run(effects -> dead(entry, cause, effects));
  }

  void dead(Entry entry, RemovalCause cause, Effects effects) {
    roster.dead(entry, cause, effects);
    suspectLeft(entry.peer());
    serveRoom(effects);
  }

  /** Those who waited for a suspect need a dial, unless the peer has another connection already. */
  void suspectLeft(Peer peer) {
    if (roster.find(peer) == null) {
      pending.suspectLeft(peer);
    }
  }

  // Suspects.

  /** Hands a connection out no more until it gives a sign of life; false if it was not READY. */
  boolean suspect(Entry entry) {
    return decisions.make(
        effects -> {
          boolean suspected = roster.suspect(entry);
          if (suspected) {
            announcements.suspected(entry, effects);
          }
          return suspected;
        });
  }

  /** A suspect gave a sign of life. */
  void reinstate(Entry entry) {
    decisions.run(
        effects -> {
          if (roster.reinstate(entry, time.nanos())) {
            announcements.reinstated(entry, effects);
            pending.grantReinstated(entry, !choice.wantsMore(entry.peer()), effects);
            effects.add(reaper::entered); // it may have been due meanwhile
            serveRoom(effects); // it may be evicted again
          }
        });
  }

  /** A stream on it timed out. */
  void timedOut(Entry entry) {
    health.doubt(this, entry);
  }

  /** The application says that it failed; what cannot be asked is taken at its word. */
  void reported(Entry entry) {
    if (!health.doubt(this, entry)) {
      remove(entry, RemovalCause.INVALIDATED);
    }
  }

  /** A lease was collected unclosed; its share is given back next. */
  void leaked(Entry entry, LeakedLeaseException lease) {
    decisions.run(
        effects -> {
          counters.leaked++;
          announcements.leaked(entry, lease, effects);
        });
  }

  /** A lease is held for long. */
  void heldLong(Entry entry, LeakedLeaseException lease) {
    decisions.run(effects -> announcements.leaked(entry, lease, effects));
  }

  /** Nothing that is pooled can be relied upon. */
  void doubtAll() {
    roster.pooled().forEach(entry -> health.doubt(this, entry));
  }

  boolean removePeer(Peer peer, RemovalCause cause) {
    return decisions.make(
        effects -> {
          List<Entry> all = roster.of(peer);
          all.forEach(entry -> detach(entry, cause, effects));
          serveRoom(effects);
          return !all.isEmpty();
        });
  }

  /** The roster is made before. */
  private Upkeep upkeepOf() {
    return upkeep;
  }

  /** Takes the peer's connections out of the pool; done when they are closed. */
  CompletableFuture<Void> drain(Peer peer) {
    return decisions.make(
        effects -> {
          List<Entry> all = roster.of(peer);
          if (all.isEmpty()) {
            return CompletableFuture.completedFuture(null);
          }
          CompletableFuture<Void> done = new CompletableFuture<>();
          effects.add(
              () ->
                  CompletableFuture.allOf(
                          all.stream()
                              .map(entry -> entry.connection().closed().toCompletableFuture())
                              .toArray(CompletableFuture<?>[]::new))
                      .whenComplete(
                          (reasons, failure) -> callbacks.execute(() -> done.complete(null))));
          all.forEach(entry -> detach(entry, RemovalCause.DRAINED, effects));
          serveRoom(effects);
          return done;
        });
  }

  /** For a decision that follows soon: draining is bounded. */
  void checkRoomToDrainAll() throws PoolExhaustedException {
    decisions.make(
        effects -> {
          long inUse = roster.listed().stream().filter(Entry::inUse).count();
          if (inUse + roster.draining() > limits.maxConnections()) {
            throw new PoolExhaustedException(
                "at most "
                    + limits.maxConnections()
                    + " connections may be draining, "
                    + roster.draining()
                    + " are, and "
                    + inUse
                    + " more are in use");
          }
          return inUse;
        });
  }

  /** Takes everything out of the pool, which goes on. */
  void drainAll(RemovalCause cause) {
    decisions.run(
        effects -> {
          roster.listed().forEach(entry -> detach(entry, cause, effects));
          serveRoom(effects);
        });
  }

  /** Whose connection, one if there are several, is neither evicted nor expired. */
  void protect(Peer peer) throws PoolExhaustedException {
    decisions.make(
        effects -> {
          int most = limits.maxConnections() - 1;
          if (!roster.protect(peer, most)) {
            throw new PoolExhaustedException(
                "at most maxConnections - 1 peers may be protected, which is "
                    + most
                    + ", as many are");
          }
          return peer;
        });
  }

  boolean unprotect(Peer peer) {
    return decisions.make(
        effects -> {
          boolean was = roster.unprotect(peer);
          unkept(peer, effects);
          return was;
        });
  }

  /** What was kept from expiring is subject to it again. */
  void unkept(Peer peer, Effects effects) {
    for (Entry entry : roster.of(peer)) {
      roster.idleAgain(entry, time.nanos());
      effects.add(reaper::entered);
    }
    serveRoom(effects);
  }

  boolean clearBackoff(Peer peer) {
    return decisions.make(effects -> backoff.clear(peer, time.nanos()));
  }

  /** An entry leaves the pool and lingers, since the peer may still open streams on it. */
  void detachLingering(Entry entry, RemovalCause cause, long lingerNanos, Effects effects) {
    settleLater(roster.detachLingering(entry, cause, lingerNanos, effects), effects);
  }

  private void settleLater(Optional<Roster.Quiet> quiet, Effects effects) {
    quiet.ifPresent(
        until ->
            effects.add(
                () ->
                    time.schedule(
                        until.nanos(),
                        () ->
                            decisions.run(
                                later -> {
                                  settleLater(roster.lingered(until.entry(), later), later);
                                  checkDrained(later);
                                }))));
  }

  private Optional<Long> expire() {
    return decisions.make(
        effects -> {
          Optional<Long> left = roster.expire(time.nanos(), effects);
          serveRoom(effects);
          return left;
        });
  }

  // Shutdown.

  /**
   * Begins to close: fails who waits, takes everything out of the pool.
   *
   * @return completes when nothing is in use any more
   */
  CompletableFuture<Void> beginClose() {
    return decisions.make(
        effects -> {
          closing = true;
          CompletableFuture<Void> done = new CompletableFuture<>();
          drained = done;
          pending.failAll(effects, () -> new PoolClosedException("the pool was closed meanwhile"));
          roster.detachAll(RemovalCause.POOL_CLOSED, effects);
          roster.settleAll(effects);
          checkDrained(effects);
          effects.add(reaper::stop);
          effects.add(health::stop);
          effects.add(leases::stop);
          return done;
        });
  }

  /** Closes what is still in use. */
  void cut() {
    decisions.run(roster::cut);
  }

  private void checkDrained(Effects effects) {
    CompletableFuture<Void> done = drained;
    if (done != null && roster.isSettled()) {
      effects.add(() -> done.complete(null));
    }
  }

  private void checkOpen() throws PoolClosedException {
    if (closing) {
      throw new PoolClosedException("the pool is closed");
    }
  }

  // Looking.

  PooledEntries pooled() {
    return roster.pooled();
  }

  Set<Peer> peers() {
    return roster.pooled().peers();
  }

  int connectionsOf(Peer peer) {
    return roster.pooled().count(peer);
  }

  int maxPerPeer() {
    return choice.maxPerPeer();
  }

  RecentUses recentUses() {
    return roster.recentUses();
  }

  Admission admission() {
    return admission;
  }

  StreamOpener streams() {
    return streams;
  }

  long nanos() {
    return time.nanos();
  }

  Upkeep upkeep() {
    return upkeep;
  }

  boolean isClosing() {
    return closing;
  }

  /** What is in force from the next decision on. */
  void changeLimits(PoolLimits wanted) {
    decisions.run(
        effects -> {
          if (roster.guardedPeers() >= wanted.maxConnections()) {
            throw new IllegalArgumentException(
                "maxConnections must be above the number of protected peers, which is "
                    + roster.guardedPeers()
                    + ", was "
                    + wanted.maxConnections());
          }
          limits.set(wanted);
          serveRoom(effects);
          effects.add(reaper::changed);
        });
  }

  List<PooledConnection> connections() {
    return decisions.make(effects -> roster.snapshots(time.nanos()));
  }

  /** Costs a walk through all connections: hits are counted where they happen. */
  PoolStats stats() {
    return decisions.make(
        effects -> {
          int idle = 0;
          int suspect = 0;
          long leased = 0;
          long streamShares = 0;
          long uses = counters.uses;
          for (Entry entry : roster.counted()) {
            long word = entry.word();
            leased += UseWord.leases(word);
            streamShares += UseWord.streams(word);
            uses += UseWord.uses(word);
            if (UseWord.state(word) == UseWord.READY && !UseWord.hasShares(word)) {
              idle++;
            }
            if (UseWord.state(word) == UseWord.SUSPECT) {
              suspect++;
            }
          }
          return new PoolStats(
              uses - counters.missesServed,
              counters.misses,
              counters.dials,
              counters.dialsFailed,
              counters.accepted,
              counters.refused,
              counters.opened,
              counters.closed,
              counters.evictions,
              counters.expirations,
              counters.removedDead,
              uses,
              counters.leaked,
              roster.open(),
              pending.dialling(),
              roster.inbound(),
              roster.draining(),
              idle,
              suspect,
              leased,
              streamShares,
              pending.waiting(),
              backoff.waiting(time.nanos()),
              backoff.refusals(),
              roster.policyFaults(),
              limits.maxConnections());
        });
  }

  /** Such as " (3 dialling, 100/100 open, 12 waiting)". */
  String fullness() {
    return " ("
        + pending.dialling()
        + " dialling, "
        + roster.open()
        + "/"
        + limits.maxConnections()
        + " open, "
        + pending.waiting()
        + " waiting)";
  }
}

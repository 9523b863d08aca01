package io.quicpool.core;

import io.quicpool.ConnectFailedException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The peers that are waited for: one {@link Slot} each, with a dial in flight, in the queue for
 * room (first come first served), or waiting for what becomes of a suspect connection. Called under
 * the lock of {@link Decisions}, but for {@link #isHungry}.
 */
final class PendingPeers {
  private final Map<Peer, Slot> slots = new HashMap<>();
  private final Set<Slot> waitingForRoom = new LinkedHashSet<>();
  private final Set<Slot> waitingForSuspect = new LinkedHashSet<>();
  private final Announcements announcements;
  private final Counters counters;
  private final Leases leases;
  private final CurrentLimits limits;
  private int dialling;
  private int pendingForRoom;

  /** Whether room is wanted, so that whoever makes an entry idle has to say so. */
  private volatile boolean hungry;

  PendingPeers(
      Announcements announcements, Counters counters, Leases leases, CurrentLimits limits) {
    this.leases = leases;
    this.announcements = announcements;
    this.counters = counters;
    this.limits = limits;
  }

  boolean isHungry() {
    return hungry;
  }

  int dialling() {
    return dialling;
  }

  int waiting() {
    return slots.values().stream().mapToInt(slot -> slot.waiters.size()).sum();
  }

  boolean anyWaitForRoom() {
    return !waitingForRoom.isEmpty();
  }

  /** The peer's slot, or a new one that is not waited for yet. */
  Slot slotOf(Peer peer) {
    Slot slot = slots.get(peer);
    return slot == null ? new Slot(peer) : slot;
  }

  /** Adds a waiter whose slot dials, or is about to. */
  void joinDial(Waiter waiter) {
    slots.put(waiter.slot.peer, waiter.slot);
    waiter.slot.waiters.add(waiter);
  }

  /**
   * Adds a waiter whose slot has to wait for room.
   *
   * @param fullness told if too many wait already
   */
  void joinQueue(Waiter waiter, Supplier<String> fullness) throws PoolExhaustedException {
    if (pendingForRoom >= limits.maxPending()) {
      throw new PoolExhaustedException(
          "no room for a connection to " + waiter.slot.peer + fullness.get());
    }
    pendingForRoom++;
    waitingForRoom.add(waiter.slot);
    joinDial(waiter);
    hungry = true; // before the caller looks for a victim again: see ConnectionTable
  }

  /** Adds a waiter whose peer has a suspect connection: it dials only if that turns out dead. */
  void joinSuspect(Waiter waiter) {
    waitingForSuspect.add(waiter.slot);
    joinDial(waiter);
  }

  /** The waiters of a slot that was taken out, or waits for room, wait for a suspect instead. */
  void rejoinSuspect(Slot slot) {
    leaveQueue(slot);
    if (!slot.waiters.isEmpty()) {
      slots.put(slot.peer, slot);
      waitingForSuspect.add(slot);
    }
  }

  /** Whether it waits for room or for a suspect: then it is for that to say when it is dialled. */
  boolean waitsWithoutDial(Slot slot) {
    return waitingForRoom.contains(slot) || waitingForSuspect.contains(slot);
  }

  boolean waitsForRoom(Slot slot) {
    return waitingForRoom.contains(slot);
  }

  /** Queues those for room who waited for a suspect that has left the pool. */
  void suspectLeft(Peer peer) {
    Slot slot = slots.get(peer);
    if (slot != null && waitingForSuspect.remove(slot)) {
      waitingForRoom.add(slot);
      pendingForRoom += slot.waiters.size();
      hungry = true;
    }
  }

  /** Serves those who waited for a peer's suspect, in whose place there is another now. */
  void grantSuspect(Entry entry, Effects effects) {
    grantReinstated(entry, true, effects);
  }

  /**
   * Serves those who waited for a peer's suspect, which is handed out again.
   *
   * @param servesDial whether those are served too who wait for a dial in flight
   */
  void grantReinstated(Entry entry, boolean servesDial, Effects effects) {
    Slot slot = slots.get(entry.peer());
    if (slot == null) {
      return;
    }
    if (waitingForSuspect.remove(slot)) {
      slots.remove(slot.peer);
      grant(slot, entry, effects);
    } else if (slot.dial != null && servesDial) {
      if (slot.further && !slot.ahead) {
        remove(slot, effects); // nobody is short of credit any more
      } // else it began before the peer dialled us, and goes on
      grant(slot, entry, effects);
    }
  }

  /** The next slot in the queue for room, which it leaves. There must be one. */
  Slot nextForRoom() {
    Slot next = waitingForRoom.iterator().next();
    leaveQueue(next);
    return next;
  }

  /** Room is wanted: to be called before a victim is looked for. */
  void wantsRoom() {
    hungry = true;
  }

  /**
   * To be called when the queue was served as far as there was room.
   *
   * @param overfull whether there are more connections than may be, so that whoever becomes idle
   *     has to say so too
   */
  void served(boolean overfull) {
    hungry = overfull || !waitingForRoom.isEmpty();
  }

  private void leaveQueue(Slot slot) {
    if (waitingForRoom.remove(slot)) {
      pendingForRoom -= slot.waiters.size();
    }
  }

  void dials(Slot slot, Dial dial) {
    slot.dial = dial;
    dialling++;
    counters.dials++;
  }

  /** Takes a slot out whose dial has ended; its waiters are then granted or failed. */
  void dialEnded(Slot slot) {
    slot.dial = null;
    dialling--;
    slots.remove(slot.peer);
  }

  /**
   * Serves the waiters of a peer that has dialled us. A dial of ours goes on, since the peer may
   * give its own up for it.
   */
  void grantMeanwhile(Slot slot, Entry entry, Effects effects) {
    if (slot.dial == null) {
      remove(slot, effects);
    }
    grant(slot, entry, effects);
  }

  /** Adds a slot that is to be dialled though nobody waits for it. */
  void addAhead(Slot slot) {
    slot.ahead = true;
    slots.put(slot.peer, slot);
  }

  /** Takes a slot out, giving its dial up if there is one. */
  void remove(Slot slot, Effects effects) {
    slots.remove(slot.peer);
    leaveQueue(slot);
    waitingForSuspect.remove(slot);
    Dial dial = slot.dial;
    if (dial != null) {
      slot.dial = null;
      dialling--;
      counters.dialsFailed++;
      PoolException cause = failureOf(slot.peer, null);
      announcements.dialFailed(slot, cause, effects);
      effects.add(() -> dial.result().cancel(false));
    }
  }

  /** Takes a waiter out that was not served; false if it was. */
  boolean withdraw(Waiter waiter, Effects effects) {
    Slot slot = waiter.slot;
    if (waiter.settled) {
      return false;
    }
    waiter.settled = true;
    slot.waiters.remove(waiter);
    if (waitingForRoom.contains(slot)) {
      pendingForRoom--;
    }
    if (slot.waiters.isEmpty() && !(slot.ahead && slot.dial != null)) {
      remove(slot, effects);
    }
    return true;
  }

  /** Serves the waiters of a slot that was taken out, in the order in which they came. */
  void grant(Slot slot, Entry entry, Effects effects) {
    slot.waiters.forEach(waiter -> grant(waiter, entry, effects));
    slot.waiters.clear();
  }

  /** Serves a waiter that was taken out of its slot. */
  void grant(Waiter waiter, Entry entry, Effects effects) {
    waiter.settled = true;
    if (entry.tryAcquire()) {
      counters.missesServed++;
      announcements.waited(waiter, effects);
      Lease lease = leases.of(entry);
      effects.add(() -> waiter.complete(lease));
    } else {
      fail(waiter, tooManyLeases(waiter.slot.peer), effects);
    }
  }

  /** Fails the waiters of a slot that was taken out, each with an exception of its own. */
  void fail(Slot slot, Effects effects, Supplier<PoolException> failure) {
    if (slot.waiters.isEmpty()) {
      return;
    }
    PoolException told = failure.get();
    for (Waiter waiter : slot.waiters) {
      waiter.settled = true;
      announcements.waitFailed(waiter, told, effects);
      effects.add(() -> waiter.fail(failure.get()));
    }
    slot.waiters.clear();
  }

  /** Fails a waiter that was taken out of its slot and is settled. */
  void fail(Waiter waiter, PoolException failure, Effects effects) {
    announcements.waitFailed(waiter, failure, effects);
    effects.add(() -> waiter.fail(failure));
  }

  void failAll(Effects effects, Supplier<PoolException> failure) {
    for (Slot slot : List.copyOf(slots.values())) {
      remove(slot, effects);
      fail(slot, effects, failure);
    }
    hungry = false;
  }

  static PoolExhaustedException tooManyLeases(Peer peer) {
    return new PoolExhaustedException(
        "at most "
            + UseWord.MAX_LEASES
            + " leases may stand on a connection, the one to "
            + peer
            + " has as many");
  }

  static PoolException failureOf(Peer peer, @Nullable Throwable failure) {
    return failure instanceof PoolException typed
        ? typed
        : new ConnectFailedException(
            ConnectFailedException.Phase.HANDSHAKE, "the dial of " + peer + " was given up");
  }

  /** The same failure again, since each waiter throws its own on a thread of its own. */
  static PoolException copyOf(PoolException failure) {
    String message = String.valueOf(failure.getMessage());
    return failure instanceof ConnectFailedException failed
        ? new ConnectFailedException(
            failed.phase(), message.substring(message.indexOf(": ") + 2), failed)
        : new PoolClosedException(message, failure);
  }
}

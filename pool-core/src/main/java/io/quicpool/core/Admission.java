package io.quicpool.core;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.ConnectionView;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PutResult;
import io.quicpool.PutResult.Status;
import io.quicpool.RemovalCause;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.lang.System.Logger.Level;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who comes into the pool: what a dial yields, who dials us, and what the application hands over.
 * Where a peer has as many connections as it may, {@link Rivals} says which of two stays, and the
 * other is drained, never cut. What the application hands over takes the place of all the peer has.
 *
 * <p><b>Who closes the loser.</b> A side that has just learnt which one stays may have opened a
 * stream on the other a moment before. So the side that dialled the loser closes it, once nothing
 * has stood on it for some round trips; the other side leaves it open for that, and gives it up
 * itself only after the idle timeout.
 */
final class Admission {
  private final ConnectionTable table;
  private final Decisions decisions;
  private final Roster roster;
  private final LeastLoaded choice;
  private final PendingPeers pending;
  private final DialBackoff backoff;
  private final Counters counters;
  private final Announcements announcements;
  private final Rivals rivals;
  private final PoolTime time;
  private final Limits limits;

  /**
   * The bounds that hold here.
   *
   * @param passiveNanos how long a loser that the peer dialled may stay; 0 if peers may open no
   *     streams, so that no loser need stay at all
   */
  record Limits(CurrentLimits current, int maxInbound, long passiveNanos) {
    int maxConnections() {
      return current.maxConnections();
    }
  }

  Admission(
      ConnectionTable table,
      Decisions decisions,
      Roster roster,
      LeastLoaded choice,
      PendingPeers pending,
      DialBackoff backoff,
      Counters counters,
      Announcements announcements,
      Rivals rivals,
      PoolTime time,
      Limits limits) {
    this.table = table;
    this.decisions = decisions;
    this.roster = roster;
    this.choice = choice;
    this.pending = pending;
    this.backoff = backoff;
    this.counters = counters;
    this.announcements = announcements;
    this.rivals = rivals;
    this.time = time;
    this.limits = limits;
  }

  // Dialled.

  /** A dial, which has left its slot, yielded a connection. */
  void dialled(Slot slot, QuicConnection connection, Effects effects) {
    for (Entry pooled : roster.of(slot.peer)) {
      if (!pooled.isOpen()) { // its room is not to be given away before this one has its own
        roster.dead(pooled, RemovalCause.DIED, effects);
      }
    }
    Entry aged = slot.replaced;
    Entry rival = aged != null && roster.owns(aged) ? aged : rivalOfNewcomer(slot.peer);
    if (rival != null && !isBetter(connection, Origin.DIALLED, rival)) { // it has dialled us
      takeInAsLoser(slot.peer, connection, Origin.DIALLED, effects);
      table.grantOrAwait(slot, effects);
      return;
    }
    Optional<Long> idleSince = Optional.empty();
    if (rival != null) {
      idleSince = roster.idleSince(rival, time.nanos());
      detachLoser(rival, effects);
    }
    Entry entry = table.insert(slot.peer, connection, Origin.DIALLED, effects);
    roster.idleSince(entry, idleSince); // a replacement is no use
    pending.grant(slot, entry, effects);
    pending.grantSuspect(entry, effects);
  }

  // Accepted.

  /**
   * Somebody dialled us, and is known to be that peer.
   *
   * @param stillTrusted whether the settings that say so are in force: asked within the decision,
   *     so that a reload, which drains all that is pooled, comes before or after
   * @return false if they are not; then nothing was done
   */
  boolean accepted(Peer peer, QuicConnection connection, BooleanSupplier stillTrusted) {
    return decisions.make(
        effects -> {
          boolean trusted = stillTrusted.getAsBoolean();
          if (trusted) {
            accept(peer, connection, effects);
          }
          return trusted;
        });
  }

  private void accept(Peer peer, QuicConnection connection, Effects effects) {
    if (table.isClosing()) {
      close(connection, RemovalCause.POOL_CLOSED, effects);
      return;
    }
    if (!connection.isOpen()) { // it ended while it was found out who it is
      close(connection, RemovalCause.DIED, effects);
      return;
    }
    table.removeEnded(peer, effects);
    Entry rival = rivalOfNewcomer(peer);
    if (rival == null && !makeRoomForInbound(true, effects)) {
      rival = oldest(peer); // there is no room for one more, but in the place of its own perhaps
    }
    if (rival == null ? !hasRoomForInbound(true) : !hasRoomFor(connection, rival, effects)) {
      refuseForRoom(peer, connection, effects);
      roster.of(peer).forEach(other -> doubtIfOld(other, effects));
      return;
    }
    if (rival != null && !roster.owns(rival)) {
      rival = rivalOfNewcomer(peer); // it has made room for its successor
    }
    backoff.clear(peer, time.nanos());
    List<Entry> others = roster.of(peer);
    if (rival == null) {
      Entry entry = table.insert(peer, connection, Origin.ACCEPTED, effects);
      pending.grantMeanwhile(pending.slotOf(peer), entry, effects);
    } else if (roster.draining() >= limits.maxConnections()) {
      refuseForRoom(peer, connection, effects);
    } else if (isBetter(connection, Origin.ACCEPTED, rival)) {
      detachLoser(rival, effects);
      pending.grantSuspect(table.insert(peer, connection, Origin.ACCEPTED, effects), effects);
    } else {
      takeInAsLoser(peer, connection, Origin.ACCEPTED, effects);
    }
    others.forEach(other -> doubtIfOld(other, effects));
    table.serveRoom(effects);
  }

  /** What takes the place of the peer's own needs no room but for what drains, once. */
  private boolean hasRoomFor(QuicConnection newcomer, Entry rival, Effects effects) {
    return isBetter(newcomer, Origin.ACCEPTED, rival) && !roster.hasDrainingInbound(rival.peer())
        || makeRoomForInbound(false, effects);
  }

  private @Nullable Entry oldest(Peer peer) {
    List<Entry> all = roster.of(peer);
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  /**
   * Which of a peer's connections a direct newcomer is measured against: a relayed one, or the
   * oldest; none while the peer may have more direct ones.
   */
  private @Nullable Entry rivalOfNewcomer(Peer peer) {
    for (Entry pooled : roster.of(peer)) {
      if (pooled.origin() == Origin.RELAYED) {
        return pooled;
      }
    }
    return choice.admitsMore(peer) ? null : oldest(peer);
  }

  /** Makes room at the cost of idle inbound connections alone. */
  private boolean makeRoomForInbound(boolean inPool, Effects effects) {
    while (!hasRoomForInbound(inPool)) {
      if (!roster.evictInbound(time.nanos(), effects)) {
        return false;
      }
    }
    return true;
  }

  private boolean hasRoomForInbound(boolean inPool) {
    return roster.inbound() < limits.maxInbound() && (!inPool || table.hasRoom());
  }

  /** Somebody dialled us who is not let in: told to the peer by a code, and to the listener. */
  void refused(QuicConnection connection, CertificateException why) {
    decisions.run(
        effects -> {
          close(connection, RemovalCause.NOT_ACCEPTED, effects);
          tellRefused(
              connection,
              new ConnectFailedException(
                  Phase.IDENTITY, "an inbound connection was refused: " + why.getMessage(), why),
              effects);
        });
  }

  /** More dial us than can be identified at a time. */
  void refusedForRoom(QuicConnection connection) {
    decisions.run(
        effects -> refuseForRoom(Peer.anonymous(connection.remoteAddress()), connection, effects));
  }

  private void refuseForRoom(Peer peer, QuicConnection connection, Effects effects) {
    close(connection, RemovalCause.NO_ROOM, effects);
    tellRefused(
        connection,
        new PoolExhaustedException(
            "no room for the inbound connection of "
                + peer
                + " ("
                + roster.inbound()
                + " inbound)"
                + table.fullness()),
        effects);
  }

  private void tellRefused(QuicConnection connection, PoolException cause, Effects effects) {
    counters.refused++;
    announcements.refused(connection, cause, effects);
  }

  private static void close(QuicConnection connection, RemovalCause cause, Effects effects) {
    effects.add(() -> Closing.close(connection, cause.code(), cause.text()));
  }

  /** A peer that dials again may have lost the connection that is pooled without our knowing. */
  private void doubtIfOld(Entry pooled, Effects effects) {
    if (pooled.age().compareTo(Patience.with(pooled.connection()).multipliedBy(2)) > 0) {
      effects.add(() -> table.timedOut(pooled));
    }
  }

  // Handed over.

  /** Pools a connection made elsewhere; its identity has been checked. */
  PutResult put(Peer peer, QuicConnection connection, Origin origin) {
    return decisions.make(
        effects -> {
          if (table.isClosing()) {
            return new PutResult(Status.REFUSED_POOL_CLOSED, "the pool is closed");
          }
          if (!connection.isOpen()) {
            return new PutResult(
                Status.REFUSED_CLOSED, "the connection must be open, it has ended");
          }
          table.removeEnded(peer, effects);
          List<Entry> old = roster.of(peer);
          if (old.stream().anyMatch(entry -> entry.connection() == connection)) {
            return new PutResult(Status.ALREADY_POOLED, "it was pooled under " + peer + " already");
          }
          Entry adopter = roster.adopter(connection);
          if (adopter != null) {
            return roster.owns(adopter)
                ? new PutResult(
                    Status.REFUSED_IDENTITY, "it is pooled under " + adopter.peer() + " already")
                : new PutResult(
                    Status.REFUSED_CLOSED, "it has left this pool and is about to be closed");
          }
          return old.isEmpty()
              ? adopt(peer, connection, origin, effects)
              : replace(peer, old, connection, origin, effects);
        });
  }

  private PutResult replace(
      Peer peer, List<Entry> old, QuicConnection connection, Origin origin, Effects effects) {
    for (Entry rival : old) {
      if (!isBetter(connection, origin, rival)) {
        return new PutResult(
            Status.REFUSED_WORSE,
            rival.origin() != Origin.RELAYED && origin == Origin.RELAYED
                ? "a direct connection goes before a relayed one, and " + rival + " is direct"
                : "of two connections that peers dialled to one another both keep the one that the"
                    + " lower key dialled, which is "
                    + rival);
      }
    }
    if (!mayDrain(old)) {
      return tooManyDrain();
    }
    old.forEach(loser -> detachLoser(loser, effects));
    pending.grantSuspect(table.insert(peer, connection, origin, effects), effects);
    table.serveRoom(effects); // the old ones were in use perhaps, the new one is not
    return replaced(peer, old);
  }

  private static PutResult replaced(Peer peer, List<Entry> old) {
    return new PutResult(
        Status.REPLACED,
        "pooled under "
            + peer
            + " in the place of "
            + old.stream().map(Entry::toString).collect(Collectors.joining(", ")));
  }

  private PutResult adopt(Peer peer, QuicConnection connection, Origin origin, Effects effects) {
    Slot slot = pending.slotOf(peer);
    if (slot.dial == null && !table.makeRoom(effects)) { // a dial in flight gives its room up
      return new PutResult(Status.REFUSED_FULL, "there is no room for it" + table.fullness());
    }
    backoff.clear(peer, time.nanos());
    pending.remove(slot, effects);
    pending.grant(slot, table.insert(peer, connection, origin, effects), effects);
    table.serveRoom(effects);
    return new PutResult(Status.ADOPTED, "pooled under " + peer);
  }

  /** Gives an anonymous inbound connection a name, for which the application vouches. */
  PutResult vouch(Peer.Named name, ConnectionView inbound) {
    return decisions.make(
        effects -> {
          if (table.isClosing()) {
            return new PutResult(Status.REFUSED_POOL_CLOSED, "the pool is closed");
          }
          if (!(inbound instanceof Entry entry) || !roster.owns(entry)) {
            return new PutResult(
                Status.REFUSED_CLOSED, "it must be a connection in this pool, was " + inbound);
          }
          if (!entry.isOpen()) {
            return new PutResult(
                Status.REFUSED_CLOSED, "the connection must be open, it has ended");
          }
          if (entry.peer().equals(name)) {
            return new PutResult(Status.ALREADY_POOLED, "it was pooled under " + name + " already");
          }
          if (!(entry.peer() instanceof Peer.Anonymous)) {
            return new PutResult(
                Status.REFUSED_IDENTITY, "it must be anonymous, it is of " + entry.peer());
          }
          List<Entry> old = roster.of(name);
          if (!mayDrain(old)) {
            return tooManyDrain();
          }
          old.forEach(loser -> detachLoser(loser, effects));
          Peer before = entry.peer();
          roster.rename(entry, name);
          table.suspectLeft(before); // nobody can be handed it under that any more
          backoff.clear(name, time.nanos());
          Slot slot = pending.slotOf(name);
          if (entry.state() != UseWord.SUSPECT) {
            pending.grantMeanwhile(slot, entry, effects);
          } else if (slot.dial == null) {
            pending.rejoinSuspect(slot);
          }
          table.serveRoom(effects);
          return old.isEmpty()
              ? new PutResult(Status.ADOPTED, "pooled under " + name)
              : replaced(name, old);
        });
  }

  private boolean mayDrain(List<Entry> old) {
    long inUse = old.stream().filter(Entry::inUse).count();
    return inUse == 0 || roster.draining() + inUse <= limits.maxConnections();
  }

  private PutResult tooManyDrain() {
    return new PutResult(
        Status.REFUSED_FULL,
        "at most " + limits.maxConnections() + " connections may be draining, as many are");
  }

  // Which one stays.

  /** {@link Rivals#isBetter}; of a transport that cannot tell, the one that is pooled stays. */
  private boolean isBetter(QuicConnection newcomer, Origin origin, Entry pooled) {
    try {
      return rivals.isBetter(newcomer, origin, pooled);
    } catch (RuntimeException e) {
      Callbacks.LOG.log(Level.WARNING, "the transport failed to tell who its peer is", e);
      return false;
    }
  }

  private void detachLoser(Entry loser, Effects effects) {
    table.detachLingering(loser, RemovalCause.REPLACED, lingerNanos(loser.connection()), effects);
  }

  /** The peer may use it until it learns which one stays: it is served, and not handed out. */
  private void takeInAsLoser(Peer peer, QuicConnection connection, Origin origin, Effects effects) {
    table.insertLoser(peer, connection, origin, lingerNanos(connection), effects);
  }

  private long lingerNanos(QuicConnection connection) {
    try {
      return connection.isDialled()
          ? Math.min(Patience.with(connection).toNanos(), limits.passiveNanos())
          : limits.passiveNanos();
    } catch (RuntimeException e) {
      Callbacks.LOG.log(Level.WARNING, "the transport cannot tell who dialled", e);
      return limits.passiveNanos();
    }
  }
}

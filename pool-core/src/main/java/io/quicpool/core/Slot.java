package io.quicpool.core;

import io.quicpool.Peer;
import io.quicpool.core.jfr.DialEvent;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A peer that is waited for, of which nothing that is pooled can be handed out: its waiters, in the
 * order in which they came, and the dial they share once there is room for it. If its connections
 * are suspect, they wait for what becomes of those, with neither a dial nor a place in the queue
 * for room. If those are short of stream credit, there is a dial at once or no wait. Guarded by the
 * lock of {@link Decisions}; gone when nobody waits.
 */
final class Slot {
  final Peer peer;
  final Set<Waiter> waiters = new LinkedHashSet<>();

  /** The dial in flight; null while the slot waits for room or for a suspect. */
  @Nullable Dial dial;

  /** Whom to dial: the same peer, with hints if anybody who asked had some. */
  private Peer target;

  /** The connection that the dial is to take the place of, if it is for that; then it is ahead. */
  @Nullable Entry replaced;

  /** Whether the peer had connections when the dial began, none with stream credit. */
  boolean further;

  /** Whether the dial goes on when nobody waits for it. */
  boolean ahead;

  /** When that began. */
  long dialledAtNanos;

  /** The dial as it will be recorded, while it goes on; by {@link Announcements}. */
  @Nullable DialEvent recorded;

  Slot(Peer peer) {
    this.peer = peer;
    this.target = peer;
  }

  /** Somebody asks for the peer, who may know better where it is. */
  void askedFor(Peer same) {
    if (same instanceof Peer.Pinned pinned && !pinned.hints().isEmpty()) {
      target = same;
    }
  }

  Peer target() {
    return target;
  }
}

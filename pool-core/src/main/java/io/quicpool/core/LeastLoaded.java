package io.quicpool.core;

import io.quicpool.Peer;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Which of a peer's connections is handed out, and whether one more is wanted: the one with the
 * fewest leases and streams on it, but one without stream credit only where there is none with. Any
 * thread.
 */
final class LeastLoaded {
  private final PooledEntries entries;
  private final int maxPerPeer;

  LeastLoaded(PooledEntries entries, int maxPerPeer) {
    this.entries = entries;
    this.maxPerPeer = maxPerPeer;
  }

  /** Whether peers may have several connections. */
  boolean choosesAmongSeveral() {
    return maxPerPeer > 1;
  }

  int maxPerPeer() {
    return maxPerPeer;
  }

  /** Whether the peer may have one more. */
  boolean admitsMore(Peer peer) {
    return entries.count(peer) < maxPerPeer;
  }

  /** What is handed out at once; null too if a further connection is wanted first. */
  @Nullable Entry forHit(Peer peer) {
    if (maxPerPeer == 1) { // whatever its credit is, and without a look at it
      return entries.newest(peer);
    }
    Entry best = of(peer);
    return best != null && (hasCredit(best) || !admitsMore(peer)) ? best : null;
  }

  /** Whether all that the peer has is short of credit, and it may have more. */
  boolean wantsMore(Peer peer) {
    if (maxPerPeer == 1) {
      return false;
    }
    Entry best = of(peer);
    return best != null && !hasCredit(best) && admitsMore(peer);
  }

  /** The best there is in state READY. */
  @Nullable Entry of(Peer peer) {
    Entry best = null;
    for (Entry entry = entries.newest(peer); entry != null; entry = entry.olderOfPeer) {
      if (entry.state() == UseWord.READY && (best == null || isBetter(entry, best))) {
        best = entry;
      }
    }
    return best;
  }

  private static boolean isBetter(Entry entry, Entry than) {
    boolean credit = hasCredit(entry);
    return credit == hasCredit(than)
        ? UseWord.shares(entry.word()) < UseWord.shares(than.word())
        : credit;
  }

  private static boolean hasCredit(Entry entry) {
    try {
      return entry.hasStreamCredit();
    } catch (RuntimeException e) { // a dial that ends must not founder on it
      Callbacks.LOG.log(Level.DEBUG, "the transport cannot tell the credit of " + entry, e);
      return true;
    }
  }
}

package io.quicpool.core;

import io.quicpool.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries in state READY or SUSPECT by peer: read by anyone without a lock, written under the
 * lock of {@link Decisions}.
 *
 * <p>A peer's entries are linked, the newest first, so that a peer with one connection, the common
 * case, costs a map lookup and no more. An entry that leaves keeps its link: a reader who stands on
 * it comes to the others all the same.
 */
final class PooledEntries {
  private final ConcurrentHashMap<Peer, Entry> newest = new ConcurrentHashMap<>();

  /** The peer's newest. */
  @Nullable Entry newest(Peer peer) {
    return newest.get(peer);
  }

  boolean isEmpty() {
    return newest.isEmpty();
  }

  Set<Peer> peers() {
    return Set.copyOf(newest.keySet());
  }

  /** The peer's, the newest first. */
  List<Entry> of(Peer peer) {
    List<Entry> all = new ArrayList<>(1);
    for (Entry entry = newest.get(peer); entry != null; entry = entry.olderOfPeer) {
      all.add(entry);
    }
    return all;
  }

  int count(Peer peer) {
    int count = 0;
    for (Entry entry = newest.get(peer); entry != null; entry = entry.olderOfPeer) {
      count++;
    }
    return count;
  }

  boolean contains(Entry entry) {
    Entry next = newest.get(entry.peer());
    while (next != null && next != entry) {
      next = next.olderOfPeer;
    }
    return next != null;
  }

  boolean isItsPeersOnly(Entry entry) {
    return newest.get(entry.peer()) == entry && entry.olderOfPeer == null;
  }

  /** Shows all; weakly consistent for whoever does not hold the lock. */
  void forEach(Consumer<Entry> action) {
    for (Entry first : newest.values()) {
      for (Entry entry = first; entry != null; entry = entry.olderOfPeer) {
        action.accept(entry);
      }
    }
  }

  void add(Entry entry) {
    entry.olderOfPeer = newest.get(entry.peer()); // before it can be found
    newest.put(entry.peer(), entry);
  }

  /** False if it is not there. */
  boolean remove(Entry entry) {
    Entry older = entry.olderOfPeer;
    Entry next = newest.get(entry.peer());
    if (next == entry) {
      if (older == null) {
        newest.remove(entry.peer());
      } else {
        newest.put(entry.peer(), older);
      }
      return true;
    }
    while (next != null && next.olderOfPeer != entry) {
      next = next.olderOfPeer;
    }
    if (next != null) {
      next.olderOfPeer = older;
    }
    return next != null;
  }
}

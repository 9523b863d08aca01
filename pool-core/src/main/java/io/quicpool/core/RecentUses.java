package io.quicpool.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The entries that were given back since the last decision, so that a decision costs what changed
 * and not what is pooled.
 *
 * <p>A connection's place in the order of use matters only while nothing stands on it, so it is
 * stamped when its last share comes back: an exact order for operations that do not overlap,
 * without a clock. The first such event since the last harvest also pushes the entry on a lock-free
 * stack; further ones only renew its stamp. Which is first, the entry's queued bit decides.
 */
final class RecentUses {
  /** Longs in two cache lines, which are fetched in pairs. */
  private static final int LINE = 16;

  /**
   * Every release writes it, so it has a cache line to itself: what lies beside it is read by every
   * hit. Entries start at 0, which is never last.
   */
  private final AtomicLongArray clock = new AtomicLongArray(2 * LINE);

  private final AtomicReference<@Nullable Entry> top = new AtomicReference<>();

  RecentUses() {
    clock.set(LINE, 1);
  }

  /** A stamp later than all before; the same again if none was given since. */
  long stamp(long previous) {
    return clock.get(LINE) == previous ? previous : clock.incrementAndGet(LINE);
  }

  /**
   * Adds an entry whose queued bit the caller has set.
   *
   * @return whether it is the first since the last harvest
   */
  boolean push(Entry entry) {
    Entry seen;
    do {
      seen = top.get();
      entry.nextRecent = seen;
    } while (!top.compareAndSet(seen, entry));
    return seen == null;
  }

  /** Whether nothing was given back since the last harvest. */
  boolean isEmpty() {
    return top.get() == null;
  }

  /** An entry given back, with the word that it had when it was harvested. */
  record Use(Entry entry, long word, long stamp) {}

  /** Takes everything out, in the order of last use; what is in use now comes last. */
  List<Use> harvest() {
    Entry next = top.getAndSet(null);
    if (next == null) {
      return List.of();
    }
    List<Use> uses = new ArrayList<>();
    while (next != null) {
      Entry entry = next;
      next = entry.nextRecent; // before the bit is cleared: then others may push it again
      entry.nextRecent = null;
      long word = entry.takeRecent();
      uses.add(new Use(entry, word, UseWord.hasShares(word) ? Long.MAX_VALUE : entry.idleStamp()));
    }
    if (uses.size() > 1) {
      uses.sort(Comparator.comparingLong(Use::stamp));
    }
    return uses;
  }
}

package io.quicpool.core;

import org.jspecify.annotations.Nullable;

/**
 * The idle entries in the order in which they became idle, with the time at which that was noticed.
 * An intrusive list: entering and leaving cost the same however many there are. Guarded by the
 * table's lock.
 */
final class IdleOrder {
  private @Nullable Entry longest;
  private @Nullable Entry shortest;

  /** Puts an entry at the end, as idle since that time, which is now. */
  void renew(Entry entry, long nowNanos) {
    insert(entry, nowNanos);
  }

  /** Puts an entry where it belongs that has been idle for a while: costs a walk from the end. */
  void insert(Entry entry, long sinceNanos) {
    remove(entry);
    Entry after = null;
    Entry before = shortest;
    while (before != null && before.idleSinceNanos - sinceNanos > 0) {
      after = before;
      before = before.longerIdle;
    }
    entry.idleSinceNanos = sinceNanos;
    entry.inIdleOrder = true;
    entry.longerIdle = before;
    entry.shorterIdle = after;
    if (before == null) {
      longest = entry;
    } else {
      before.shorterIdle = entry;
    }
    if (after == null) {
      shortest = entry;
    } else {
      after.longerIdle = entry;
    }
  }

  void remove(Entry entry) {
    if (!entry.inIdleOrder) {
      return;
    }
    Entry before = entry.longerIdle;
    Entry after = entry.shorterIdle;
    if (before == null) {
      longest = after;
    } else {
      before.shorterIdle = after;
    }
    if (after == null) {
      shortest = before;
    } else {
      after.longerIdle = before;
    }
    entry.longerIdle = null;
    entry.shorterIdle = null;
    entry.inIdleOrder = false;
  }

  /** The entry that has been idle longest, if any. */
  @Nullable Entry longest() {
    return longest;
  }
}

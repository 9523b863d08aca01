package io.quicpool.core;

import io.quicpool.LeakedLeaseException;
import io.quicpool.spi.PoolTime;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Makes leases, and if told to finds those that leak: one that was collected unclosed gives its
 * share back, one that is held beyond a threshold is left alone; both are told of, once, with the
 * stack that acquired them.
 *
 * <p>Off, which is the default, it costs a field. On, it costs a stack trace and a phantom
 * reference a lease, and a look at all that are out, twice in each threshold, on the clock's
 * thread.
 */
final class Leases {
  private final Optional<Duration> threshold;
  private final PoolTime time;
  private final SingleAlarm nextLook;
  private final Set<Trace> out = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<EntryLease> collected = new ReferenceQueue<>();

  /**
   * With the time after which a lease that is still held is told of; empty for no traces at all.
   */
  Leases(Optional<Duration> threshold, PoolTime time) {
    this.threshold = threshold;
    this.time = time;
    this.nextLook = new SingleAlarm(time);
  }

  /** A lease on a share that the caller has taken. */
  EntryLease of(Entry entry) {
    if (threshold.isEmpty()) {
      return new EntryLease(entry, Optional.empty());
    }
    AtomicBoolean closed = new AtomicBoolean();
    EntryLease lease = new EntryLease(entry, Optional.of(closed));
    out.add(new Trace(lease, collected, entry, closed, time.nanos()));
    arm(threshold.get());
    return lease;
  }

  private void arm(Duration limit) {
    nextLook.arm(Math.max(1, limit.toNanos() / 2), () -> look(limit));
  }

  void stop() {
    nextLook.stop();
  }

  private void look(Duration limit) {
    for (Reference<?> next = collected.poll(); next != null; next = collected.poll()) {
      Trace trace = (Trace) next;
      out.remove(trace);
      if (trace.closed.compareAndSet(false, true)) {
        trace.entry.table().leaked(trace.entry, trace.told(time.nanos(), "was never closed"));
        trace.entry.release(UseWord.LEASE);
      }
    }
    out.removeIf(trace -> trace.closed.get());
    long now = time.nanos();
    for (Trace trace : out) {
      if (!trace.wasTold && now - trace.sinceNanos >= limit.toNanos()) {
        trace.wasTold = true;
        trace.entry.table().heldLong(trace.entry, trace.told(now, "is still held"));
      }
    }
    if (!out.isEmpty()) {
      arm(limit);
    }
  }

  /** What is known of a lease that is out. It does not keep the lease alive. */
  private static final class Trace extends PhantomReference<EntryLease> {
    private final Entry entry;
    private final AtomicBoolean closed;
    private final long sinceNanos;
    private final Throwable acquired = new Throwable("acquired here");
    private boolean wasTold; // of the clock's thread

    Trace(
        EntryLease lease,
        ReferenceQueue<EntryLease> collected,
        Entry entry,
        AtomicBoolean closed,
        long sinceNanos) {
      super(lease, collected);
      this.entry = entry;
      this.closed = closed;
      this.sinceNanos = sinceNanos;
    }

    LeakedLeaseException told(long now, String what) {
      return new LeakedLeaseException(
          "a lease on "
              + entry
              + " that was acquired "
              + Durations.text(now - sinceNanos)
              + " ago "
              + what,
          acquired);
    }
  }
}

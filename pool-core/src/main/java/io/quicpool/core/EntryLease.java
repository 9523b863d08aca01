package io.quicpool.core;

import io.quicpool.ConnectionView;
import io.quicpool.Lease;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A lease: its entry, and whether it was given back, which happens once. */
final class EntryLease implements Lease {
  private static final VarHandle RELEASED;

  static {
    try {
      RELEASED = MethodHandles.lookup().findVarHandle(EntryLease.class, "released", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Entry entry;

  @SuppressWarnings("unused") // through RELEASED
  private volatile boolean released;

  /** Set when it is closed, if leaks are looked for. */
  private final @Nullable AtomicBoolean closed;

  /** Stands on a share that the caller has taken; made by {@link Leases}. */
  EntryLease(Entry entry, Optional<AtomicBoolean> closed) {
    this.entry = entry;
    this.closed = closed.orElse(null);
  }

  @Override
  public ConnectionView connection() {
    return entry;
  }

  @Override
  public QuicStream openStream() throws IOException {
    return entry.table().streams().open(held());
  }

  @Override
  public QuicStream openStream(Duration timeout) throws IOException {
    return entry.table().streams().open(held(), Durations.checkedWait(timeout));
  }

  @Override
  public CompletableFuture<QuicStream> openStreamAsync() {
    return entry.table().streams().openAsync(held());
  }

  private Entry held() {
    if (released) {
      throw new IllegalStateException("the lease on " + entry + " was released");
    }
    return entry;
  }

  @Override
  public void invalidate() {
    entry.table().remove(entry, RemovalCause.INVALIDATED);
  }

  @Override
  public void reportFailure(Throwable cause) {
    Callbacks.LOG.log(Level.DEBUG, "a failure was reported on " + entry, cause);
    entry.table().reported(entry);
  }

  @Override
  public void close() {
    if (RELEASED.compareAndSet(this, false, true)
        && (closed == null || closed.compareAndSet(false, true))) {
      entry.release(UseWord.LEASE);
    }
  }

  @Override
  public String toString() {
    return "lease on " + entry + (released ? " (released)" : "");
  }
}

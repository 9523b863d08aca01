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
import java.util.concurrent.CompletableFuture;

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

  /** Stands on a share that the caller has taken. */
  EntryLease(Entry entry) {
    this.entry = entry;
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
    if (RELEASED.compareAndSet(this, false, true)) {
      entry.release(UseWord.LEASE);
    }
  }

  @Override
  public String toString() {
    return "lease on " + entry + (released ? " (released)" : "");
  }
}

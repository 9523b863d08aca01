package io.quicpool.core;

import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.PoolStats;
import io.quicpool.RemovalCause;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.QuicConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of a pool of one connection as its users reach them, and what must hold of them
 * whenever no call is under way: what the models of the waiters and of the pool have in common.
 */
final class TableModel {
  private static final long FOR_EVER = 1L << 60;
  private static final int PEERS = 2;

  private final BareTable bare;
  private final List<Peer> peers = List.of(Peer.named("a"), Peer.named("b"));

  /** What the transport made, and the pool has to close. */
  private final List<FakeConnection> made = new ArrayList<>(); // guarded by itself

  /** Those who asked, and what they got. */
  private final List<Waiter> waiters = new ArrayList<>(); // guarded by itself

  /** Those of them who left, whether served at the same moment or not. */
  private final List<Waiter> left = new ArrayList<>(); // guarded by waiters

  private final List<@Nullable Lease> held = new ArrayList<>(); // by peer; written by one thread
  private int acquired; // guarded by waiters
  private int refused; // guarded by waiters
  private int returned; // guarded by waiters
  private volatile boolean closed;

  TableModel(Function<DialRequest, CompletableFuture<QuicConnection>> dials) {
    bare = new BareTable(1, dials);
    for (int peer = 0; peer < PEERS; peer++) {
      held.add(null);
    }
  }

  FakeConnection made(FakeConnection connection) {
    synchronized (made) {
      made.add(connection);
    }
    return connection;
  }

  /** A lease that is held until the end, if the peer is pooled. */
  boolean acquire(int peer) {
    return pooled(peer) != null;
  }

  private @Nullable Lease pooled(int peer) {
    try {
      Lease lease = bare.table.hitOrMiss(peers.get(peer)).orElse(null);
      synchronized (waiters) {
        acquired += lease == null ? 0 : 1;
      }
      return lease;
    } catch (PoolClosedException e) {
      return null;
    }
  }

  /** A lease that is there to be {@link #release}d. */
  void hold(int peer) {
    held.set(peer, pooled(peer));
  }

  void release(int peer) {
    Objects.requireNonNull(held.get(peer)).close();
    gaveBack();
  }

  private void gaveBack() {
    synchronized (waiters) {
      returned++;
    }
  }

  /** Asks for a lease that is held until the end, and does not wait for it. */
  @Nullable Waiter ask(int peer) {
    try {
      Waiter waiter = bare.table.request(peers.get(peer), FOR_EVER, false, false);
      synchronized (waiters) {
        waiters.add(waiter);
      }
      return waiter;
    } catch (PoolException e) {
      synchronized (waiters) {
        refused++;
      }
      return null;
    }
  }

  /** Gives up asking, as a caller does who is interrupted. */
  void leave(Waiter waiter) {
    synchronized (waiters) {
      left.add(waiter);
    }
    if (!waiter.future.cancel(false)) {
      waiter.future.whenComplete(
          (lease, failure) -> {
            if (lease != null) {
              lease.close();
              gaveBack();
            }
          });
    }
    bare.table.leave(waiter);
  }

  /** Hands a connection over; the pool's to close only if it takes it. */
  boolean put(int peer) {
    FakeConnection mine = new FakeConnection();
    boolean pooled = bare.table.admission().put(peers.get(peer), mine, Origin.ADOPTED).isPooled();
    if (pooled) {
      made(mine);
    }
    return pooled;
  }

  boolean invalidate(int peer) {
    return bare.table.removePeer(peers.get(peer), RemovalCause.INVALIDATED);
  }

  /** Closes the pool, and cuts what is still in use. */
  void close() {
    bare.table.beginClose();
    bare.table.cut();
    closed = true;
  }

  /** What came of all who asked and stayed, and what the pool holds. */
  String outcome() {
    PoolStats stats = bare.table.stats();
    int served = 0;
    int failed = refused;
    for (Waiter waiter : waiters) {
      boolean stayed = !left.contains(waiter);
      boolean failure = waiter.future.isCompletedExceptionally();
      failed += stayed && failure ? 1 : 0;
      served += stayed && waiter.future.isDone() && !failure ? 1 : 0;
    }
    return served
        + " served, "
        + failed
        + " failed, "
        + stats.waiting()
        + " waiting, "
        + stats.dialling()
        + " dialling, "
        + stats.open()
        + " open, "
        + stats.leased()
        + " leased";
  }

  /** I1, I4 to I6, I8, I10 and I12. */
  void check() {
    PoolStats stats = bare.table.stats();
    int served = 0;
    int waiting = 0;
    for (Waiter waiter : waiters) {
      waiting += waiter.future.isDone() ? 0 : 1;
      served += waiter.future.isDone() && !waiter.future.isCompletedExceptionally() ? 1 : 0;
    }
    int open = 0;
    for (FakeConnection connection : made) {
      int calls = connection.closeCalls.get();
      must(calls <= 1, "closed " + calls + " times", stats);
      open += calls == 0 ? 1 : 0;
    }
    must(stats.open() + stats.dialling() <= 1, "over the limit", stats);
    must(stats.opened() == stats.closed() + stats.open() + stats.draining(), "lost count", stats);
    must(open == stats.open() + stats.draining(), open + " of " + made.size() + " open", stats);
    int leased = acquired + served - returned;
    must(stats.leased() == leased, leased + " leased", stats);
    must(waiting == stats.waiting(), waiting + " wait", stats);
    must(stats.waiting() == 0 || stats.idle() == 0, "waits beside an idle one", stats);
    must(
        stats.waiting() == 0 || stats.open() + stats.dialling() + stats.draining() > 0,
        "waits beside room",
        stats);
    must(stats.draining() == 0 || stats.leased() > 0, "drains with nothing on it", stats);
    must(!closed || open + waiting + stats.dialling() == 0, "outlives the pool", stats);
  }

  private static void must(boolean holds, String otherwise, PoolStats stats) {
    if (!holds) {
      throw new IllegalStateException(otherwise + ": " + stats);
    }
  }
}

package io.quicpool.core;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionStats;
import io.quicpool.ConnectionView;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PooledConnection;
import io.quicpool.RemovalCause;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One pooled connection: the shares on it, its place in the orders that the pool keeps, and what
 * users and policies may see of it.
 *
 * <p>Shares are counted in one atomic {@link UseWord}, by any thread and without a lock. The state
 * in it is changed by the {@link ConnectionTable} alone, under its lock: READY and SUSPECT, to and
 * fro, then DRAINING or CLOSED, never back. Whoever gives the last share back of a connection that
 * is not in the pool any more tells the table, which closes it.
 *
 * <p>Every hit writes the word and the stamp, and reads the object's header, the table and the
 * connection. The fields that no hit touches stand between them, which keeps them in different
 * cache lines as a rule: the JVM lays out longs first, then references, each in this order.
 */
final class Entry implements EvictionPolicy.Entry, ConnectionView, Consumer<CloseReason> {
  private static final long BRAND_NEW_NANOS = 1_000_000_000;
  private static final long CREDIT_REFUSED_NANOS = 1_000_000_000;
  private static final VarHandle WORD;
  private static final VarHandle IDLE_STAMP;
  private static final VarHandle SHORT_OF_CREDIT;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(Entry.class, "word", long.class);
      IDLE_STAMP = MethodHandles.lookup().findVarHandle(Entry.class, "idleStamp", long.class);
      SHORT_OF_CREDIT =
          MethodHandles.lookup().findVarHandle(Entry.class, "shortOfCredit", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile Peer peer; // changed under the lock of Decisions alone
  private final Origin origin;
  private final long id;
  private final long addedNanos;

  /** How many streams have waited to be opened for longer than a moment. */
  private volatile int shortOfCredit;

  /** Until when the one that waited in vain last is taken for a sign; 0 if there is none. */
  private volatile long creditRefusedUntil;

  /** The next one of the same peer in {@link PooledEntries}, which writes it under the lock. */
  volatile @Nullable Entry olderOfPeer;

  /** The next one in {@link RecentUses}; written by whoever set the queued bit. */
  @Nullable Entry nextRecent;

  /** Its place in {@link IdleOrder}; guarded by the lock of {@link Decisions}. */
  @Nullable Entry longerIdle;

  @Nullable Entry shorterIdle;
  long idleSinceNanos;
  boolean inIdleOrder;

  /**
   * When it last gave a sign of life that the {@link HealthMonitor}, which writes this, knows of.
   */
  volatile long lastSignNanos;

  @SuppressWarnings("unused") // through WORD
  private volatile long word = UseWord.READY;

  /**
   * When it was last given back, in the order of such events. Written before the word shows it,
   * whose compare-and-set publishes it, so that it needs no fence of its own.
   */
  @SuppressWarnings("unused") // through IDLE_STAMP
  private long idleStamp;

  /** The last of {@link GuardedPolicy}'s rounds in which it was named; guarded by the same lock. */
  long namedInRound;

  private volatile @Nullable Farewell farewell; // set under the same lock

  /** Rings when it has lived long enough; set before it can leave, by {@link Upkeep}. */
  volatile PoolTime.@Nullable Alarm ageAlarm;

  private @Nullable Object attachment; // the policy's; calls to it come one at a time

  private final ConnectionTable table;
  private final QuicConnection connection;

  Entry(
      ConnectionTable table,
      Peer peer,
      QuicConnection connection,
      Origin origin,
      long id,
      long addedNanos) {
    this.table = table;
    this.peer = peer;
    this.connection = connection;
    this.origin = origin;
    this.id = id;
    this.addedNanos = addedNanos;
    this.lastSignNanos = addedNanos;
  }

  // Shares: any thread.

  /** Takes a lease's share if the entry is handed out now. */
  boolean tryAcquire() {
    for (; ; ) {
      long seen = word;
      if (!UseWord.admits(seen)) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen + UseWord.LEASE + UseWord.USE)) {
        return true;
      }
    }
  }

  /** Takes a share for a stream; there must be a share already, which keeps the connection up. */
  boolean tryAcquireStream() {
    for (; ; ) {
      long seen = word;
      if (!UseWord.admitsStream(seen)) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen + UseWord.STREAM)) {
        return true;
      }
    }
  }

  /** Takes a share for a stream that the peer opened; false if the connection is closed. */
  boolean tryAcquireIncoming() {
    for (; ; ) {
      long seen = word;
      if (!UseWord.admitsIncoming(seen)) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen + UseWord.STREAM)) {
        return true;
      }
    }
  }

  /** Gives a share back, {@link UseWord#LEASE} or {@link UseWord#STREAM}. */
  void release(long share) {
    for (; ; ) {
      long seen = word;
      long next = seen - share;
      if (UseWord.hasShares(next)) {
        if (WORD.compareAndSet(this, seen, next)) {
          return;
        }
      } else if (UseWord.isPooled(seen)) {
        IDLE_STAMP.setOpaque(this, table.recentUses().stamp(idleStamp()));
        if (WORD.compareAndSet(this, seen, next | UseWord.QUEUED)) {
          table.becameIdle(this, !UseWord.isQueued(seen));
          return;
        }
      } else if (WORD.compareAndSet(this, seen, next)) {
        table.lastShareReturned(this);
        return;
      }
    }
  }

  /** A stream has waited for longer than a moment to be opened, or does no longer. */
  void countShortOfCredit(int change) {
    SHORT_OF_CREDIT.getAndAdd(this, change);
  }

  /** A stream waited in vain to be opened. */
  void creditRefused() {
    creditRefusedUntil = table.nanos() + CREDIT_REFUSED_NANOS | 1; // never 0
  }

  /** A stream was opened, or has ended. */
  void creditSeen() {
    if (creditRefusedUntil != 0) {
      creditRefusedUntil = 0;
    }
  }

  private boolean isCreditRefused() {
    long until = creditRefusedUntil;
    return until != 0 && until - table.nanos() > 0;
  }

  /**
   * Whether a stream can be opened at once, as far as is known: a stack that does not tell its
   * credit has some unless a stream waits for longer than a moment, or has just waited in vain.
   */
  boolean hasStreamCredit() {
    OptionalLong told = connection.availableStreams();
    return told.isPresent() ? told.getAsLong() > 0 : shortOfCredit == 0 && !isCreditRefused();
  }

  // The roster's, under the lock of Decisions.

  /** Leaves READY for DRAINING if nothing stands on it; false if it is in use or not READY. */
  boolean retireIfIdle() {
    long seen;
    do {
      seen = word;
      if (UseWord.state(seen) != UseWord.READY || UseWord.hasShares(seen)) {
        return false;
      }
    } while (!WORD.compareAndSet(this, seen, UseWord.withState(seen, UseWord.DRAINING)));
    return true;
  }

  /** Whether it has been in the pool for longer than that. */
  boolean isOlder(long nanos, long now) {
    return now - addedNanos >= nanos;
  }

  /** Whether it has only just come: a peer that ends it now does not want it. */
  boolean isBrandNew(long now) {
    return !isOlder(BRAND_NEW_NANOS, now);
  }

  /** {@link #retireIfIdle}, but false too if it was used since its uses were last taken. */
  boolean retireIfUntouched() {
    long seen = word;
    return seen == UseWord.READY
        && WORD.compareAndSet(this, seen, UseWord.withState(seen, UseWord.DRAINING));
  }

  /** From one state to another, whoever stands on it; false if it is in neither. */
  boolean changeState(long from, long to) {
    long seen;
    do {
      seen = word;
      if (UseWord.state(seen) != from) {
        return false;
      }
    } while (!WORD.compareAndSet(this, seen, UseWord.withState(seen, to)));
    return true;
  }

  /** Leaves DRAINING for CLOSED if nothing stands on it. */
  boolean closeIfUnused() {
    long seen;
    do {
      seen = word;
      if (UseWord.state(seen) != UseWord.DRAINING || UseWord.hasShares(seen)) {
        return false;
      }
    } while (!WORD.compareAndSet(this, seen, UseWord.withState(seen, UseWord.CLOSED)));
    return true;
  }

  void setState(long state) {
    long seen;
    do {
      seen = word;
    } while (!WORD.compareAndSet(this, seen, UseWord.withState(seen, state)));
  }

  /** Reads and clears the uses. */
  long takeUses() {
    return UseWord.uses(clear(0));
  }

  /** Reads the word and clears uses and queued bit: it may be queued again from now on. */
  long takeRecent() {
    return clear(UseWord.QUEUED);
  }

  private long clear(long bits) {
    long seen;
    do {
      seen = word;
    } while (!WORD.compareAndSet(this, seen, UseWord.withoutUses(seen) & ~bits));
    return seen;
  }

  /** Its way out, with the lock. */
  Farewell farewell() {
    Farewell known = farewell;
    if (known == null) {
      known = new Farewell();
      farewell = known;
    }
    return known;
  }

  /** Why it left the pool; that it died if it has not. */
  RemovalCause removal() {
    Farewell known = farewell;
    return known == null ? RemovalCause.DIED : known.cause;
  }

  /** Its connection has ended: the transport tells. */
  @Override
  public void accept(@Nullable CloseReason reason) {
    table.ended(this, Closing.told(reason, null));
  }

  long word() {
    return word;
  }

  /** The state in a word, as users see it. */
  static PooledConnection.State shown(long word) {
    long state = UseWord.state(word);
    return state == UseWord.READY
        ? PooledConnection.State.READY
        : state == UseWord.SUSPECT
            ? PooledConnection.State.SUSPECT
            : PooledConnection.State.DRAINING;
  }

  long state() {
    return UseWord.state(word);
  }

  boolean inUse() {
    return UseWord.hasShares(word);
  }

  long idleStamp() {
    return (long) IDLE_STAMP.getOpaque(this);
  }

  /** An anonymous one got a name. */
  void rename(Peer name) {
    peer = name;
  }

  QuicConnection connection() {
    return connection;
  }

  ConnectionTable table() {
    return table;
  }

  // What users and policies see.

  @Override
  public long id() {
    return id;
  }

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public Origin origin() {
    return origin;
  }

  @Override
  public Duration age() {
    return Duration.ofNanos(table.nanos() - addedNanos);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return connection.remoteAddress();
  }

  @Override
  public String alpn() {
    return connection.alpn();
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return connection.peerCertificates();
  }

  @Override
  public boolean isOpen() {
    return connection.isOpen();
  }

  @Override
  public ConnectionStats stats() {
    return connection.stats();
  }

  @Override
  public <T> Optional<T> unwrap(Class<T> type) {
    return connection.unwrap(type);
  }

  @Override
  public Optional<Duration> rtt() {
    return connection.stats().rtt();
  }

  @Override
  public OptionalLong bytes() {
    ConnectionStats stats = connection.stats();
    return stats.bytesSent().isEmpty() && stats.bytesReceived().isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(stats.bytesSent().orElse(0) + stats.bytesReceived().orElse(0));
  }

  @Override
  public int connectionsOfPeer() {
    return table.connectionsOf(peer);
  }

  @Override
  public void attach(Object newAttachment) {
    attachment = newAttachment;
  }

  @Override
  public Object attachment() {
    Object attached = attachment;
    if (attached == null) {
      throw new IllegalStateException("nothing was attached to " + this);
    }
    return attached;
  }

  @Override
  public String toString() {
    return "connection " + id + " to " + peer;
  }
}

package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectionView;
import io.quicpool.Endpoint;
import io.quicpool.Fingerprint;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolListener;
import io.quicpool.PoolStats;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.spi.QuicConnection;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.PendingDial;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import io.quicpool.testkit.TestKey;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One random life of a small pool in virtual time. All that the pool leaves to its executor runs
 * when the schedule says so, in any order; the one thread beside the schedule's is that of {@link
 * ClosingThread}, of which the schedule waits for every move. Whenever nothing is left to run, all
 * is compared with what the steps and the events so far allow.
 */
final class Schedule implements Seeds.Schedule {
  private static final int PEERS = 6;
  private static final Duration ACQUIRE = Duration.ofSeconds(3);
  private static final Duration IDLE = Duration.ofSeconds(10);
  private static final int CREDIT = 2;
  private static final int MANY = 100;
  private static final Duration PROBE_LEASED = Duration.ofSeconds(1);
  private static final Duration PROBES = Duration.ofMillis(500); // two, of 250 ms each

  /** Those of the peers, from 1 on; the first is an impostor's. */
  private static final List<TestIdentity> IDENTITIES = identities();

  /** A caller's request, from asking to giving back. */
  private static final class Request {
    final int peer;
    final long deadlineNanos;
    final CompletableFuture<Lease> future;
    final boolean mayBeRefused; // as many wait as may
    final boolean mayFail; // its peer may be left in peace already
    final int failures; // of its peer, before
    boolean cancelled;
    int ends;

    Request(
        int peer,
        long deadlineNanos,
        boolean mayBeRefused,
        boolean mayFail,
        int failures,
        CompletableFuture<Lease> future) {
      this.peer = peer;
      this.deadlineNanos = deadlineNanos;
      this.mayBeRefused = mayBeRefused;
      this.mayFail = mayFail;
      this.failures = failures;
      this.future = future;
      future.whenComplete((lease, failure) -> ends++);
    }
  }

  /** A stream that was asked for, on the connection of that number. */
  private record Opening(long on, CompletableFuture<QuicStream> stream) {}

  private record Opened(long on, QuicStream stream) {}

  /** What the listener was told of a connection. */
  private static final class Life {
    final Origin origin;
    final InMemoryConnection connection;
    RemovalCause removed;
    boolean closed;
    boolean suspect;
    int doubts; // how often it came into doubt
    int doubtsKnown; // as far as all had been told
    boolean knownGone; // it had left when all had been told
    boolean frozen;
    long suspectNanos; // since when
    long frozenNanos;

    Life(ConnectionView view) {
      origin = view.origin();
      connection = view.unwrap(InMemoryConnection.class).orElseThrow();
    }
  }

  private final Random random;
  private final int max;
  private final int maxPending;
  private final int perPeer;
  private final boolean unreliable; // users' code throws now and then
  private final boolean pinned; // peers are known by their keys, and impostors come
  private final Duration probeAfter;
  private final UnreliablePolicy policy;
  private final TaskQueue tasks;
  private final Scene scene;
  private final List<Peer> peers = new ArrayList<>(); // from number 1 on
  private final List<String> log = new ArrayList<>();
  private final List<Request> waiting = new ArrayList<>();
  private final List<Lease> leases = new ArrayList<>();
  private final List<Lease> stale = new ArrayList<>();
  private final List<Opened> streams = new ArrayList<>();
  private final List<Opening> opening = new ArrayList<>();
  private final Map<Long, Life> lives = new LinkedHashMap<>();
  private final Map<Peer, Set<Long>> current = new HashMap<>();
  private final Set<InMemoryConnection> mine = new HashSet<>();
  private AssertionError broken; // what the listener saw: the pool withstands what that throws
  private long requests;
  private long acquired;
  private long dialsStarted;
  private long dialsFailed;
  private final Map<Peer, Integer> dialling = new HashMap<>();
  private final Map<Peer, Integer> failures = new HashMap<>(); // of dials
  private final Set<Peer> unreached = new HashSet<>(); // whose last dial failed
  private long maybeServed; // of those that were cancelled
  private boolean late; // the pool has decided what its callers and its listener do not know yet
  private @Nullable ClosingThread closing;

  Schedule(long seed) throws Exception {
    random = new Random(seed);
    max = 1 + random.nextInt(4);
    maxPending = random.nextInt(8);
    unreliable = random.nextInt(3) == 0;
    pinned = random.nextBoolean();
    probeAfter = Duration.ofMillis(1500 + random.nextInt(10_000));
    policy = new UnreliablePolicy(new Random(seed), unreliable);
    tasks = new TaskQueue(new Random(seed));
    perPeer = random.nextBoolean() ? 1 : 1 + random.nextInt(Math.min(3, max));
    scene =
        new Scene(
            builder ->
                builder
                    .maxConnections(max)
                    .maxConnectionsPerPeer(perPeer)
                    .maxPending(maxPending)
                    .idleTimeout(IDLE)
                    .acquireTimeout(ACQUIRE)
                    .connectTimeout(Duration.ofSeconds(2))
                    .probeAfter(probeAfter)
                    .probeLeasedAfter(PROBE_LEASED)
                    .eviction(() -> policy)
                    .executor(tasks));
    scene.events.next = rules();
    for (int n = 1; n <= PEERS; n++) {
      answers(n, n);
      peers.add(
          pinned
              ? Peer.pinned(IDENTITIES.get(n).fingerprint(), Scene.text(n))
              : Peer.of(Scene.text(n)));
    }
  }

  private static List<TestIdentity> identities() {
    List<TestIdentity> identities = new ArrayList<>();
    for (int n = 0; n <= PEERS; n++) {
      KeyPair keys = FixedKeys.number(n);
      identities.add(TestCertificates.create().leaf().key(TestKey.EC_P256, keys).issue());
    }
    return identities;
  }

  private void answers(int n, int as) {
    scene.answers(n, IDENTITIES.get(as).identity(), perPeer > 1 ? CREDIT : MANY);
  }

  private int maybeImpostor(int n) {
    return pinned && random.nextInt(4) == 0 ? 0 : n;
  }

  private Set<Long> pooled(Peer peer) {
    return current.getOrDefault(peer, Set.of());
  }

  /** Those of the pooled ones that nobody doubts. */
  private List<Life> ready(Peer peer) {
    return pooled(peer).stream().map(lives::get).filter(life -> !life.suspect).toList();
  }

  private boolean hasCredit(Peer peer) {
    return perPeer == 1
        || ready(peer).stream()
            .map(life -> life.connection)
            .anyMatch(
                connection -> connection.isOpen() && connection.availableStreams().orElse(0) > 0);
  }

  /** The listener's view; its assertions are kept until the end of the step. */
  private PoolListener rules() {
    PoolListener told = listener();
    return new PoolListener() {
      @Override
      public void dialStarted(Peer peer) {
        keep(() -> told.dialStarted(peer));
      }

      @Override
      public void dialFailed(Peer peer, PoolException cause, Duration took) {
        keep(() -> told.dialFailed(peer, cause, took));
      }

      @Override
      public void opened(ConnectionView view) {
        keep(() -> told.opened(view));
      }

      @Override
      public void suspected(ConnectionView view) {
        keep(() -> told.suspected(view));
      }

      @Override
      public void reinstated(ConnectionView view) {
        keep(() -> told.reinstated(view));
      }

      @Override
      public void removed(ConnectionView view, RemovalCause cause) {
        keep(() -> told.removed(view, cause));
      }

      @Override
      public void closed(ConnectionView view, CloseReason reason) {
        keep(() -> told.closed(view, reason));
      }
    };
  }

  private void keep(Runnable event) {
    try {
      event.run();
    } catch (AssertionError e) {
      broken = broken == null ? e : broken;
    }
    if (unreliable && random.nextInt(9) == 0) {
      throw new IllegalStateException("scripted: the listener");
    }
  }

  private PoolListener listener() {
    return new PoolListener() {
      @Override
      public void dialStarted(Peer peer) {
        dialsStarted++;
        assertEquals(1, dialling.merge(peer, 1, Integer::sum), () -> "I2: dials to " + peer);
        assertTrue(pooled(peer).size() < perPeer, () -> "dialled though pooled: " + peer);
      }

      @Override
      public void dialFailed(Peer peer, PoolException cause, Duration took) {
        dialsFailed++;
        dialling.merge(peer, -1, Integer::sum);
        failed(peer);
      }

      @Override
      public void opened(ConnectionView view) {
        assertTrue(lives.put(view.id(), new Life(view)) == null, "opened twice");
        if (view.origin() == Origin.DIALLED) {
          dialling.merge(view.peer(), -1, Integer::sum);
        }
        unreached.remove(view.peer());
        current.computeIfAbsent(view.peer(), peer -> new HashSet<>()).add(view.id());
        assertTrue(pooled(view.peer()).size() <= perPeer, "too many connections of one peer");
      }

      @Override
      public void suspected(ConnectionView view) {
        Life life = lives.get(view.id());
        assertTrue(life.removed == null && !life.suspect, "no longer pooled, or in doubt already");
        life.suspect = true;
        life.doubts++;
        life.suspectNanos = scene.time.nanos();
      }

      @Override
      public void reinstated(ConnectionView view) {
        Life life = lives.get(view.id());
        assertTrue(life.removed == null && life.suspect, "nobody doubted it");
        assertFalse(life.frozen && !late, () -> "it gave no sign of life: " + view);
        life.suspect = false;
      }

      @Override
      public void removed(ConnectionView view, RemovalCause cause) {
        Life life = lives.get(view.id());
        assertTrue(life.removed == null, "removed twice");
        if (cause == RemovalCause.UNRESPONSIVE) {
          assertTrue(
              life.suspect && (life.frozen || late), () -> "it would have answered (I3): " + view);
        }
        life.removed = cause;
        assertTrue(pooled(view.peer()).remove(view.id()), "removed and not there");
        current.values().removeIf(Set::isEmpty);
        if (cause == RemovalCause.EVICTED) {
          assertTrue(
              unreliable || policy.named(view), () -> "not the policy's victim (I9): " + view);
        }
        if (cause == RemovalCause.EVICTED || cause == RemovalCause.EXPIRED) {
          assertFalse(life.suspect, () -> cause + " while in doubt: " + view);
          assertFalse(isHeld(view.id()), () -> cause + " under a holder (I3): " + view);
          assertFalse( // a stream that ends with its connection may end a moment before
              life.connection.isOpen() && hasStream(view.id()),
              () -> cause + " under a stream (I3): " + view);
        }
      }

      @Override
      public void closed(ConnectionView view, CloseReason reason) {
        Life life = lives.get(view.id());
        assertFalse(life.closed, "closed twice");
        life.closed = true;
        assertTrue(life.removed != null, "closed in the pool");
        if (perPeer > 1 && life.removed == RemovalCause.DIED) {
          failed(view.peer()); // one that dies at once is taken for refused
        }
        if (life.removed != RemovalCause.DIED
            && !(life.suspect && life.frozen) // in whatever state it fails to answer
            && !late
            && (closing == null || closing.waits())
            && reason.kind() == CloseReason.Kind.LOCAL) {
          assertFalse(isHeld(view.id()), () -> "closed under a holder (I3): " + view);
        }
      }
    };
  }

  private void failed(Peer peer) {
    failures.merge(peer, 1, Integer::sum);
    unreached.add(peer);
  }

  private boolean isHeld(long connection) {
    return leases.stream().anyMatch(lease -> lease.connection().id() == connection);
  }

  private boolean hasStream(long connection) {
    return streams.stream().anyMatch(stream -> stream.on() == connection)
        || opening.stream().anyMatch(stream -> stream.on() == connection);
  }

  @Override
  public void run(int steps) throws Exception {
    for (int i = 0; i < steps; i++) {
      step();
      runTasks();
      if (tasks.size() == 0) {
        settle();
        check();
        late = false;
        remember();
      } else {
        late = true;
        checkLate();
      }
    }
    runAllTasks();
    if (closing == null) {
      close(Duration.ZERO);
    }
    advance(ClosingThread.LONGEST);
    checkClosed();
    leases.forEach(Lease::close);
    leases.clear();
    scene.network.pendingDials().forEach(PendingDial::complete); // of those nobody can cancel
    runAllTasks();
    checkBroken();
    scene.closeAndCheck();
    assertEquals(0, scene.stats().leased());
    assertEquals(0, scene.stats().streams());
    assertEquals(0, scene.time.pending(), "alarms (I12)");
  }

  /** Some of what waits, or all. */
  private void runTasks() throws Exception {
    int kind = random.nextInt(4);
    if (kind > 1) {
      tasks.runAll();
    } else if (kind == 1) {
      tasks.runOne();
    }
    followClosing();
  }

  private void runAllTasks() throws Exception {
    do {
      followClosing();
    } while (tasks.runAll() > 0);
    settle();
    late = false;
  }

  /** It ends when nothing is left to wait for, or at its deadline, and not before. */
  private void followClosing() throws Exception {
    if (closing != null) {
      PoolStats stats = scene.stats(); // a lease may be out though its connection has ended
      closing.follow(stats.draining() + stats.leased() + stats.streams() == 0);
    }
  }

  // Steps.

  private void step() throws Exception {
    int n = 1 + random.nextInt(PEERS);
    switch (random.nextInt(25)) {
      case 0, 1, 2, 3 -> ask(n);
      case 4, 5, 6 -> giveBack();
      case 7, 8 -> endADial();
      case 9 -> behave(n);
      case 10 -> cancel();
      case 11 -> invalidate(n);
      case 12 -> put(n);
      case 13 -> die();
      case 14 -> openStream();
      case 15 -> endStream();
      case 16 -> tryAcquire(n);
      case 17 -> touchStale();
      case 18 -> freeze();
      case 19 -> comeBack();
      case 20 -> doubt();
      case 21 -> maybeClose();
      default -> advance();
    }
  }

  private void ask(int n) {
    log.add("ask " + n);
    boolean pooled = !ready(peer(n)).isEmpty();
    boolean full = pooled(peer(n)).size() == perPeer;
    boolean mayWait = !pooled || !full && !hasCredit(peer(n));
    boolean crowded = scene.stats().waiting() >= maxPending;
    int failed = failures.getOrDefault(peer(n), 0);
    boolean mayFail = unreached.contains(peer(n)) || late && failed > 0;
    CompletableFuture<Lease> future = scene.pool.acquireAsync(peer(n));
    if (closing != null) {
      PoolTest.failure(PoolClosedException.class, future);
      return;
    }
    requests++;
    waiting.add(
        new Request(n, scene.time.nanos() + ACQUIRE.toNanos(), crowded, mayFail, failed, future));
    if (late) {
      return;
    }
    tasks.runAll();
    assertTrue(mayWait || future.isDone(), "not served at once");
    assertFalse(pooled && future.isCompletedExceptionally(), () -> "refused though pooled: " + n);
    assertTrue(
        !future.isDone() || future.isCompletedExceptionally() || isCurrent(future.join()),
        () -> "not in the pool, or in doubt (I4): " + n);
  }

  private Peer peer(int n) {
    return peers.get(n - 1);
  }

  private void giveBack() {
    if (!leases.isEmpty()) {
      Lease lease = leases.remove(random.nextInt(leases.size()));
      log.add("give back " + lease);
      lease.close();
      stale.add(lease);
    }
  }

  private void touchStale() {
    if (!stale.isEmpty()) {
      Lease lease = stale.get(random.nextInt(stale.size()));
      log.add("release again " + lease);
      PoolStats before = scene.stats();
      lease.close();
      assertEquals(before, scene.stats(), "a stale lease was released (I7)");
    }
  }

  private void behave(int n) {
    DialOutcome outcome =
        switch (random.nextInt(8)) {
          case 0 -> DialOutcome.held();
          case 1 -> DialOutcome.held().ignoringCancel();
          case 2 -> DialOutcome.held().ignoringCancel().ignoringTimeout();
          case 3 -> DialOutcome.failing(() -> new IllegalStateException("scripted"));
          case 4 -> DialOutcome.completedWithNull();
          case 5 -> DialOutcome.answered().twice();
          default -> DialOutcome.answered();
        };
    int as = maybeImpostor(n);
    log.add("dials to " + n + ": " + outcome + ", by " + as);
    scene.script(n).dials(outcome);
    answers(n, as);
  }

  private void endADial() {
    List<PendingDial> pending = scene.network.pendingDials();
    if (!pending.isEmpty()) {
      PendingDial dial = pending.get(random.nextInt(pending.size()));
      log.add("end " + dial);
      if (random.nextInt(4) == 0) {
        dial.fail(new IllegalStateException("refused"));
      } else {
        dial.complete();
      }
    }
  }

  private void cancel() {
    if (!waiting.isEmpty()) {
      Request request = waiting.get(random.nextInt(waiting.size()));
      log.add("cancel " + request.peer);
      request.cancelled |= request.future.cancel(false);
      maybeServed += request.cancelled && late ? 1 : 0;
    }
  }

  private void invalidate(int n) {
    if (random.nextBoolean() && !leases.isEmpty()) {
      Lease lease = leases.get(random.nextInt(leases.size()));
      log.add("invalidate " + lease);
      lease.invalidate();
    } else {
      log.add("invalidate " + n);
      boolean pooled = current.containsKey(peer(n));
      boolean removed = scene.pool.invalidate(peer(n));
      assertTrue(late || pooled == removed, "pooled: " + pooled);
    }
  }

  private void put(int n) throws IOException {
    if (closing != null) {
      putTooLate(n);
      return;
    }
    DialOutcome[] once = {DialOutcome.answered()};
    scene.script(n).nextDials(once);
    InMemoryConnection connection = scene.unpooled(n);
    mine.add(connection);
    int as = maybeAnother(n);
    log.add("put " + n + " as " + as);
    boolean pooled = scene.pool.put(peer(as), connection).isPooled();
    if (pooled) {
      mine.remove(connection);
      assertTrue(isOf(as, connection), "pooled under the key of another (I11)");
    } else {
      assertTrue(connection.isOpen(), "a refused connection was closed");
      connection.close(0, "mine");
    }
  }

  private void putTooLate(int n) {
    log.add("put " + n + " too late");
    assertThrows(
        PoolClosedException.class, () -> scene.pool.connect(Endpoint.parse(Scene.text(n))));
    lives.values().stream()
        .findAny()
        .ifPresent(life -> assertFalse(scene.pool.put(peer(n), life.connection).isPooled()));
  }

  private int maybeAnother(int n) {
    return pinned && random.nextInt(4) == 0 ? 1 + random.nextInt(PEERS) : n;
  }

  /** Whether that peer is at its other end. */
  private boolean isOf(int n, QuicConnection connection) {
    return !pinned
        || Fingerprint.of(connection.peerCertificates().get(0))
            .equals(IDENTITIES.get(n).fingerprint());
  }

  private void die() {
    List<Life> open = lives.values().stream().filter(life -> !life.closed).toList();
    if (!open.isEmpty()) {
      Life life = open.get(random.nextInt(open.size()));
      log.add("die " + life.connection);
      if (random.nextBoolean()) {
        life.connection.lose();
      } else {
        life.connection.closeByPeer(7, "by the peer");
      }
    }
  }

  /** A peer falls silent, and no one is told. */
  private void freeze() {
    List<Life> alive = lives.values().stream().filter(l -> !l.closed && !l.frozen).toList();
    if (!alive.isEmpty()) {
      Life life = alive.get(random.nextInt(alive.size()));
      log.add("freeze " + life.connection);
      life.frozen = true;
      life.frozenNanos = scene.time.nanos();
      life.connection.dieSilently();
    }
  }

  private void comeBack() {
    List<Life> frozen = lives.values().stream().filter(l -> !l.closed && l.frozen).toList();
    if (!frozen.isEmpty()) {
      Life life = frozen.get(random.nextInt(frozen.size()));
      log.add("come back " + life.connection);
      life.frozen = false;
      life.connection.revive();
      life.suspect &= life.removed == null; // of others nobody is told that they have answered
    }
  }

  private void doubt() {
    if (random.nextBoolean() && !leases.isEmpty()) {
      Lease lease = leases.get(random.nextInt(leases.size()));
      log.add("report " + lease);
      lease.reportFailure(new IOException("scripted"));
    } else {
      log.add("the network changes");
      scene.pool.onNetworkChange();
    }
  }

  private void openStream() {
    if (!leases.isEmpty()) {
      Lease lease = leases.get(random.nextInt(leases.size()));
      log.add("stream on " + lease);
      boolean open = lease.connection().isOpen();
      boolean credit =
          lease
                  .connection()
                  .unwrap(InMemoryConnection.class)
                  .orElseThrow()
                  .availableStreams()
                  .orElse(0)
              > 0;
      CompletableFuture<QuicStream> stream = lease.openStreamAsync();
      if (!late) {
        tasks.runAll();
        assertEquals(credit || !open, stream.isDone(), "opened at once");
        assertEquals(open, !stream.isCompletedExceptionally());
      }
      opening.add(new Opening(lease.connection().id(), stream));
    }
  }

  private void endStream() {
    if (!streams.isEmpty()) {
      log.add("end a stream");
      streams.remove(random.nextInt(streams.size())).stream().close();
    }
  }

  private void tryAcquire(int n) throws Exception {
    log.add("try " + n);
    if (closing != null) {
      assertThrows(PoolClosedException.class, () -> scene.pool.tryAcquire(peer(n)));
      return;
    }
    requests++;
    boolean pooled = !ready(peer(n)).isEmpty();
    var lease = scene.pool.tryAcquire(peer(n));
    lease.ifPresent(given -> granted(n, given));
    assertTrue(late || pooled == lease.isPresent(), () -> "pooled: " + pooled);
    assertTrue(late || !pooled || isCurrent(lease.get()), "not in the pool (I4)");
  }

  /** Seldom: most of what can happen does so before. */
  private void maybeClose() throws Exception {
    if (closing != null && random.nextInt(4) == 0 && !closing.hasEnded()) {
      log.add("interrupt the closing");
      closing.interrupt();
    } else if (closing == null && random.nextInt(20) == 0) {
      close(random.nextBoolean() ? Duration.ZERO : millis(ClosingThread.LONGEST));
    }
  }

  private void close(Duration drain) throws Exception {
    log.add("close within " + drain);
    boolean wasLate = late;
    List<Request> left = List.copyOf(waiting);
    closing = new ClosingThread(scene.pool, scene.time, drain);
    runAllTasks();
    left.forEach(request -> assertTrue(request.future.isDone(), "waits for a closed pool (I12)"));
    if (!wasLate) {
      left.forEach(request -> PoolTest.failure(PoolClosedException.class, request.future));
    }
    checkBroken();
  }

  private void checkClosed() {
    assertTrue(closing.hasEnded(), "still closing (I12)");
    assertTrue(waiting.isEmpty(), "somebody waits for a closed pool (I12)");
    mine.forEach(connection -> assertFalse(connection.isOpen(), "of a closed endpoint"));
  }

  private Duration millis(Duration most) {
    return Duration.ofMillis(random.nextInt((int) most.toMillis()));
  }

  private boolean isCurrent(Lease lease) {
    return ready(lease.connection().peer()).contains(lives.get(lease.connection().id()));
  }

  private void advance() throws Exception {
    Duration by = Duration.ofMillis(random.nextInt(random.nextInt(5) == 0 ? 12_000 : 900));
    advance(by);
  }

  /** While the pool closes, from one alarm to the next: each may end what the closing waits for. */
  private void advance(Duration by) throws Exception {
    log.add("advance " + by);
    Duration left = by;
    while (closing != null && !closing.hasEnded() && !left.isZero()) {
      Duration next = closing.untilNext(left);
      scene.advance(next);
      followClosing();
      left = left.minus(next);
    }
    scene.advance(left);
  }

  // Checks.

  private void granted(int n, Lease lease) {
    assertEquals(peer(n), lease.connection().peer());
    assertTrue(
        isOf(n, lease.connection().unwrap(InMemoryConnection.class).orElseThrow()),
        "handed out for another (I11)");
    Life life = lives.get(lease.connection().id());
    assertFalse(life != null && life.knownGone, () -> "had left before (I4): " + lease);
    acquired++;
    leases.add(lease);
  }

  /** Whether it has been in doubt all the time since {@link #remember}, as all have been told. */
  private boolean isStillInDoubt(long id) {
    Life life = lives.get(id);
    return life != null && life.suspect && life.doubts == life.doubtsKnown;
  }

  /** Whom nobody may be given from now on: all that was decided before has been told. */
  private void remember() {
    for (Life life : lives.values()) {
      life.knownGone = life.removed != null;
      life.doubtsKnown = life.doubts;
    }
  }

  /** Takes out the requests that have ended. */
  private void settle() {
    for (Opening asked : List.copyOf(opening)) {
      if (asked.stream().isDone()) {
        opening.remove(asked);
        if (!asked.stream().isCompletedExceptionally()) {
          streams.add(new Opened(asked.on(), asked.stream().join()));
        }
      }
    }
    for (Request request : List.copyOf(waiting)) {
      assertTrue(request.ends <= 1, "ended twice (I6)");
      if (request.future.isDone()) {
        waiting.remove(request);
        if (request.future.isCompletedExceptionally()) {
          checkFailure(request);
        } else {
          Lease lease = request.future.join();
          assertFalse(isStillInDoubt(lease.connection().id()), () -> "in doubt (I4): " + lease);
          granted(request.peer, lease);
        }
      } else {
        assertTrue(
            scene.time.nanos() - request.deadlineNanos < 0, "waits beyond its deadline (I6)");
      }
    }
  }

  /** Nobody is refused but for a reason of their own (I6). */
  private void checkFailure(Request request) {
    Throwable failure = request.future.handle((lease, thrown) -> thrown).join();
    boolean overdue = scene.time.nanos() - request.deadlineNanos >= 0;
    boolean just =
        failure instanceof CancellationException && request.cancelled
            || failure instanceof AcquireTimeoutException && overdue
            || failure instanceof ConnectFailedException && mayHaveFailed(request)
            || failure instanceof PoolExhaustedException && request.mayBeRefused
            || failure instanceof PoolClosedException && closing != null;
    assertTrue(just, () -> "failed for nothing (I6): " + failure);
  }

  private boolean mayHaveFailed(Request request) {
    return request.mayFail || failures.getOrDefault(peer(request.peer), 0) > request.failures;
  }

  private void checkBroken() {
    if (broken != null) {
      throw broken;
    }
  }

  /** What holds even while nobody was told of the last decisions. */
  private void checkLate() {
    PoolStats stats = scene.stats();
    assertTrue(stats.open() + stats.dialling() <= max, () -> "I1: " + stats);
    assertEquals(stats.opened(), stats.closed() + stats.open() + stats.draining(), "I10");
    lives.values().stream()
        .map(life -> life.connection)
        .forEach(
            connection ->
                assertTrue(
                    connection.closeCalls().size() <= 1, () -> "closed twice (I5): " + connection));
  }

  private void check() {
    checkBroken();
    assertEquals(List.of(), policy.passedOver(), "passed over (I9)");
    PoolStats stats = scene.stats();
    long open = current.values().stream().mapToInt(Set::size).sum();
    long opened = lives.size();
    long closedNow = lives.values().stream().filter(life -> life.closed).count();
    long dialled = lives.values().stream().filter(l -> l.origin == Origin.DIALLED).count();
    assertTrue(stats.open() + stats.dialling() <= max, () -> "I1: " + stats);
    assertEquals(open, stats.open());
    assertEquals(current.keySet(), scene.pool.connectedPeers());
    assertEquals(opened, stats.opened());
    assertEquals(closedNow, stats.closed());
    assertEquals(opened - closedNow - open, stats.draining(), "I10");
    assertEquals(dialsStarted, stats.dials());
    assertEquals(dialsFailed, stats.dialsFailed());
    assertEquals(dialsStarted - dialsFailed - dialled, stats.dialling(), "dials lost");
    assertEquals(waiting.size(), stats.waiting(), "waiters");
    assertEquals(requests, stats.requests(), "I10");
    long handedBack = stats.acquired() - acquired; // its caller had left when it was handed over
    assertTrue(0 <= handedBack && handedBack <= maybeServed, () -> "I10: " + stats);
    assertEquals(leases.size(), stats.leased(), "I10");
    assertEquals(stats.acquired(), stats.released() + leases.size(), "I10");
    Set<Integer> dialling = new HashSet<>();
    waiting.forEach(request -> dialling.add(request.peer));
    if (perPeer == 1) { // else who waits for a further one may be served without it
      assertTrue(stats.dialling() <= dialling.size(), () -> "I2: dials without waiters: " + stats);
    }
    lives.forEach(this::checkLife);
    long unpooled = mine.stream().filter(InMemoryConnection::isOpen).count();
    assertEquals(opened - closedNow + unpooled, scene.network.open(), "left open (I5)");
    checkNobodyWaitsInVain(stats);
  }

  private void checkLife(long id, Life life) {
    int calls = life.connection.closeCalls().size();
    assertEquals(life.closed ? 1 : 0, calls, () -> "closings of " + life.connection + " (I5)");
    if (life.removed == null) {
      checkDoubt(life);
    }
    if (life.removed != null && !life.closed) {
      assertTrue(life.connection.isOpen());
      assertTrue(
          isHeld(id) || hasStream(id), () -> "drains with nothing on it: " + life.connection);
    }
  }

  /** Who is in doubt is judged soon, and who is silent comes into doubt. */
  private void checkDoubt(Life life) {
    long now = scene.time.nanos();
    assertTrue(
        !life.suspect || now - life.suspectNanos <= PROBES.toNanos(),
        () -> "still in doubt: " + life.connection);
    assertTrue(
        !life.frozen
            || now - life.frozenNanos
                <= probeAfter.plus(PROBE_LEASED).plus(PROBES.multipliedBy(2)).toNanos(),
        () -> "dead and still pooled: " + life.connection);
  }

  /**
   * While a caller waits without a dial, and not for the answer of one in doubt, the pool must be
   * full of what is in use (I8).
   */
  private void checkNobodyWaitsInVain(PoolStats stats) {
    long peers =
        waiting.stream()
            .map(request -> peer(request.peer))
            .distinct()
            .filter(peer -> pooled(peer).stream().noneMatch(id -> lives.get(id).suspect))
            .count();
    if (peers > stats.dialling()) {
      assertEquals(max, stats.open() + stats.dialling(), () -> "I8: waits beside room: " + stats);
      assertEquals(0, stats.idle(), () -> "I8: waits beside an idle one: " + stats);
    }
  }

  @Override
  public String toString() {
    return "max " + max + ", of a peer " + perPeer + ", pending " + maxPending + ": " + log;
  }
}

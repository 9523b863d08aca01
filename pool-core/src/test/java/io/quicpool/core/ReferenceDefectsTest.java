package io.quicpool.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.AcquireTimeoutException;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.InvalidEndpointException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolListener;
import io.quicpool.PoolStats;
import io.quicpool.PutResult.Status;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryConnection;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import io.quicpool.testkit.PendingDial;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the reference gets wrong, one test each; the numbers are those of the reference's list. */
class ReferenceDefectsTest extends PoolTest {

  @Test
  void d01_aHitNeverWaitsForAnotherPeersDial() throws Exception {
    Scene scene = open();
    scene.use(1);
    for (int dead = 2; dead <= 4; dead++) {
      scene.script(dead).dials(DialOutcome.hanging());
      assertWaits(scene.ask(dead));
    }

    assertTrue(scene.ask(1).isDone());
    assertEquals(Duration.ZERO, scene.time.elapsed());
  }

  @Test
  void d01_aHitNeverWaitsForAnotherPeersNameToBeLookedUp() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    InMemoryNetwork network = new InMemoryNetwork();
    network.echo(Scene.address(1));
    try (QuicPool pool =
        QuicPool.builder()
            .alpn("test/1")
            .tls(Tls.insecure())
            .transport(network.transport())
            .hostResolver(
                host -> {
                  asked.countDown();
                  awaitQuietly(answer);
                  return List.of(Scene.address(1).getAddress());
                })
            .open()) {
      pool.acquire(Peer.of(Scene.text(1))).close();
      CompletableFuture<Lease> slow = pool.acquireAsync(Peer.of("slow.example:4433"));
      asked.await();

      pool.acquire(Peer.of(Scene.text(1))).close();

      assertWaits(slow);
      answer.countDown();
      slow.get().close();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void d02_aHundredCallersOfAColdPeerShareOneDialAndOneConnection() throws Exception {
    Scene scene = open();
    Peer peer = scene.held(1);
    List<Background<Lease>> callers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      callers.add(Background.call(() -> scene.pool.acquire(peer)));
    }
    Background.until(() -> scene.stats().waiting() == 100);

    assertEquals(1, scene.network.dials());
    scene.onlyDial().complete();

    Set<Long> connections = new LinkedHashSet<>();
    for (Background<Lease> caller : callers) {
      try (Lease lease = caller.result()) {
        connections.add(lease.connection().id());
      }
    }
    assertEquals(1, connections.size());
    assertEquals(1, scene.network.opened());
  }

  @Test
  void d03_putOverAnEntryDrainsTheOldConnectionAndThenClosesIt() throws Exception {
    Scene scene = open();
    Lease old = scene.lease(1);
    InMemoryConnection oldConnection = scene.connection(1);
    InMemoryConnection newer = scene.unpooled(1);

    assertEquals(Status.REPLACED, scene.pool.put(scene.peer(1), newer).status());

    assertTrue(oldConnection.isOpen(), "while it is in use");
    old.close();
    assertFalse(oldConnection.isOpen());
    assertTrue(newer.isOpen());
  }

  @Test
  void d04_neitherEvictionNorTheIdleTimeoutClosesAConnectionThatIsHeld() throws Exception {
    Scene scene = open(max(2));
    Lease held = scene.lease(1);
    scene.use(2, 3, 4, 5);
    scene.advance(Duration.ofHours(1));
    scene.use(6, 7);

    assertTrue(scene.connection(1).isOpen());
    assertTrue(held.connection().isOpen());
    assertTrue(scene.holds(1));
  }

  @Test
  void d05_givingBackOrPuttingAPooledPeerWhenFullEvictsNobody() throws Exception {
    Scene scene = open(max(2));
    InMemoryConnection connection = scene.unpooled(1);
    scene.pool.put(scene.peer(1), connection);
    scene.use(2);

    scene.use(1);
    assertEquals(Status.ALREADY_POOLED, scene.pool.put(scene.peer(1), connection).status());
    assertEquals(Status.REPLACED, scene.pool.put(scene.peer(1), scene.unpooled(1)).status());

    assertTrue(scene.holds(1) && scene.holds(2));
    assertEquals(0, scene.stats().evictions());
  }

  @Test
  void d06_anOldHoldersInvalidateLeavesTheNewerConnectionAlone() throws Exception {
    Scene scene = open();
    Lease old = scene.lease(1);
    scene.pool.put(scene.peer(1), scene.unpooled(1));

    old.invalidate();

    assertTrue(scene.holds(1));
    assertTrue(scene.connection(1).isOpen());
    assertEquals(1, scene.stats().open());
  }

  @Test
  void d07_aMalformedEndpointOrAStrangeErrorTouchesOnlyItsCaller() throws Exception {
    Scene scene = open(builder -> builder.maxBackoff(Duration.ZERO));
    Lease healthy = scene.lease(1);
    assertThrows(InvalidEndpointException.class, () -> Peer.of("nohost"));
    DialOutcome[] strange = {
      DialOutcome.failing(new StackOverflowError("an error")),
      DialOutcome.failing(new Exception("checked")),
      DialOutcome.throwing(new IllegalArgumentException("thrown")),
      DialOutcome.completedWithNull()
    };
    for (DialOutcome outcome : strange) {
      scene.script(2).nextDials(outcome);
      ConnectFailedException failed = failure(ConnectFailedException.class, scene.ask(2));
      assertEquals(Phase.HANDSHAKE, failed.phase());
    }

    assertTrue(healthy.connection().isOpen());
    assertTrue(scene.pool.tryAcquire(scene.peer(1)).isPresent());
    scene.use(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nohost",
        ":4433",
        "host:0",
        "host:99999",
        "host:+443",
        "::1:4433",
        "::1",
        "",
        "  ",
        "a\0b:4433",
        "h\u00f6st:4433"
      })
  void d08_whatIsNoEndpointIsRefusedWithTheRule(String text) {
    InvalidEndpointException refused =
        assertThrows(InvalidEndpointException.class, () -> Peer.of(text));

    assertTrue(refused.getMessage().startsWith(refused.rule()), refused.getMessage());
  }

  @Test
  void d08_spellingsOfOnePeerShareOneConnection() throws Exception {
    assertThrows(InvalidEndpointException.class, () -> Peer.of("h".repeat(10_000) + ":4433"));
    Scene scene = open(b -> b.hostResolver(host -> List.of(Scene.address(1).getAddress())));
    scene.script(1);
    for (String spelling :
        List.of(
            "peer.example:4433",
            "Peer.Example:4433",
            "peer.example.:4433",
            "https://peer.example:4433",
            "quic://PEER.example:4433/")) {
      scene.pool.acquire(Peer.of(spelling)).close();
    }

    assertEquals(1, scene.stats().open());
    assertEquals(1, scene.network.opened());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, 10_000_001})
  void d09_aMaximumThatMakesNoSenseIsRefusedWithTheRuleAndTheValue(int value) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> QuicPool.builder().maxConnections(value))
            .getMessage();

    assertEquals("maxConnections must be at least 1 and at most 10000000, was " + value, message);
  }

  @Test
  void d10_timeIsMonotonicSoThatNoJumpOfAClockEmptiesThePool() throws Exception {
    // The clock's values run over from the largest long to the smallest in the middle of it all.
    Scene scene = new Scene(new ManualTime(Long.MAX_VALUE - seconds(5).toNanos()), b -> {});
    scene.use(1);
    scene.advance(seconds(30));
    assertTrue(scene.holds(1));
    scene.use(1);
    scene.advance(millis(59_999));
    assertTrue(scene.holds(1));
    scene.advance(millis(6_001));
    assertFalse(scene.holds(1));
    scene.script(2).dials(DialOutcome.hanging().ignoringTimeout());
    CompletableFuture<Lease> dialling = scene.ask(2);
    scene.advance(seconds(5));
    failure(ConnectFailedException.class, dialling);
    scene.closeAndCheck();
  }

  @Test
  void d11_anEvictionCostsTheSameHoweverManyConnectionsThereAre() throws Exception {
    assertEquals(workOfEvictions(1_000), workOfEvictions(100_000));

    double ratio = nanosOfEvictions(100_000) / nanosOfEvictions(1_000);
    assertTrue(ratio < 30, "100 times as many connections cost " + ratio + " times as much");
  }

  private static final int EVICTIONS = 2_000;

  private static long workOfEvictions(int size) throws Exception {
    CountingPolicy policy = new CountingPolicy();
    Scene scene = full(size, builder -> builder.eviction(() -> policy));
    long before = policy.work;
    long unused = evict(scene);
    return policy.work - before;
  }

  private static double nanosOfEvictions(int size) throws Exception {
    Scene scene = full(size, builder -> builder.eviction(CountingPolicy::lru));
    return Stream.generate(() -> evict(scene)).limit(15).min(Long::compare).orElseThrow();
  }

  private static Scene full(int size, Consumer<PoolBuilder> policy) throws Exception {
    Scene scene =
        new Scene(
            builder -> {
              builder.maxConnections(size).listener(new PoolListener() {});
              policy.accept(builder);
            });
    for (int i = 0; i < size; i++) {
      scene.pool.put(Peer.named("before-" + i), new FakeConnection());
    }
    return scene;
  }

  private static long evict(Scene scene) {
    long before = scene.stats().evictions();
    List<FakeConnection> connections =
        Stream.generate(FakeConnection::new).limit(EVICTIONS).toList();
    long start = System.nanoTime();
    for (int i = 0; i < EVICTIONS; i++) {
      scene.pool.put(Peer.named("new-" + before + "-" + i), connections.get(i));
    }
    long nanos = System.nanoTime() - start;
    assertEquals(before + EVICTIONS, scene.stats().evictions());
    return nanos;
  }

  @Test
  void d12_aHitAllocatesAtMostItsLeaseAndQueuesNothing() throws Exception {
    Scene scene = open();
    scene.use(1, 1);
    Peer peer = scene.peer(1);
    scene.events.take();
    int alarms = scene.time.pending();

    double bytes =
        new Allocations()
            .perRun(
                50_000,
                () -> {
                  try {
                    scene.pool.acquire(peer).close();
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                });

    assertTrue(bytes <= 40, "a hit allocated " + bytes + " bytes");
    assertEquals(List.of(), scene.events.take());
    assertEquals(alarms, scene.time.pending());
    assertEquals(100_001, scene.stats().hits());
  }

  @Test
  void d13_closeSaysGoodbyeToEveryPeer() throws Exception {
    Scene scene = open();
    scene.use(1, 2);
    Lease held = scene.lease(3);

    scene.pool.close(Duration.ZERO);

    CloseReason goodbye = new CloseReason(CloseReason.Kind.PEER_APPLICATION, 6, "pool closed");
    for (InMemoryConnection connection : scene.network.connections()) {
      assertEquals(goodbye, connection.peer().closed().toCompletableFuture().getNow(null));
    }
    assertFalse(held.connection().isOpen());
  }

  @Test
  void d13_aPoolThatClosesAtShutdownSaysGoodbyeWhenTheJvmEnds() throws Exception {
    String classPath =
        Stream.of(
                location(CorePool.class),
                Path.of(System.getProperty("basedir", "."), "target", "test-classes").toString(),
                location(QuicPool.class),
                location(InMemoryNetwork.class),
                location(CountingPolicy.lru().getClass()))
            .collect(Collectors.joining(File.pathSeparator));
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                ShutdownHookMain.class.getName())
            .redirectErrorStream(true)
            .start();

    String said = new String(child.getInputStream().readAllBytes(), UTF_8);

    assertEquals(0, child.waitFor(), said);
    assertTrue(said.contains("the peer was told: PEER_APPLICATION code 6 (pool closed)"), said);
  }

  private static String location(Class<?> type) throws Exception {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  @Test
  void d14_fortyOverlappingRequestsGetFortyReplies() throws Exception {
    Scene scene = open();
    List<QuicStream> streams = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      streams.add(scene.pool.openStream(scene.peer(1)));
    }
    for (int i = 0; i < 40; i++) {
      streams.get(i).output().write(("request " + i).getBytes(UTF_8));
      streams.get(i).output().close();
    }
    for (int i = 39; i >= 0; i--) {
      try (QuicStream stream = streams.get(i);
          InputStream reply = stream.input()) {
        assertArrayEquals(("request " + i).getBytes(UTF_8), reply.readAllBytes());
      }
    }

    PoolStats stats = scene.stats();
    assertEquals(1, stats.opened());
    assertEquals(39.0 / 40, stats.hitRate());
    assertEquals(0, stats.streams());
    assertEquals(1, stats.idle());
  }

  @Test
  void d15_theResultOfADialIsPooledOrClosedThoughItsCallersTimedOut() throws Exception {
    Scene scene = open(b -> b.acquireTimeout(seconds(1)).connectTimeout(seconds(60)));
    scene.script(1).dials(DialOutcome.held().ignoringCancel().ignoringTimeout());
    CompletableFuture<Lease> caller = scene.ask(1);
    scene.advance(seconds(1));
    failure(AcquireTimeoutException.class, caller);
    PendingDial late = scene.onlyDial();

    InMemoryConnection connection = late.complete().orElseThrow();

    assertFalse(connection.isOpen(), "nobody wants it any more");
    assertEquals(1, connection.closeCalls().size());
    assertEquals(0, scene.stats().open());
  }

  @Test
  void d16_peersAreVerifiedUnlessOneAsksForInsecure() throws Exception {
    TestCertificates authority = TestCertificates.create();
    TestIdentity proven = authority.leaf().dns("peer.example").ip("10.0.0.1").issue();

    assertEquals(Phase.IDENTITY, refusal(Tls.system(), proven, Scene.text(1)));
    assertEquals(
        Phase.IDENTITY, refusal(TestCertificates.create().trusting(), proven, Scene.text(1)));
    assertEquals(Phase.IDENTITY, refusal(authority.trusting(), proven, "other.example:4433"));
    assertEquals(Phase.IDENTITY, refusal(Tls.pinning(), proven, "peer.example:4433"));

    Scene scene = verifying(authority.trusting(), proven);
    try (Lease lease = scene.pool.acquire(Peer.of("peer.example:4433"))) {
      assertEquals(proven.certificate(), lease.connection().peerCertificates().get(0));
      assertEquals("mine/3", lease.connection().alpn());
    }
    scene.pool.acquire(Peer.of(Scene.text(1))).close();
    scene.closeAndCheck();
  }

  private static Scene verifying(Tls tls, TestIdentity shown) throws Exception {
    InetAddress anywhere = Scene.address(1).getAddress();
    Scene scene =
        new Scene(
            b ->
                b.tls(tls)
                    .alpn("mine/3")
                    .hostResolver(host -> List.of(anywhere))
                    .connectTimeout(seconds(2)));
    scene.network.echo(Scene.address(1), Optional.of(shown.identity()), 100);
    return scene;
  }

  private static Phase refusal(Tls tls, TestIdentity shown, String peer) throws Exception {
    Scene scene = verifying(tls, shown);
    try {
      Peer asked = Peer.of(peer);
      return assertThrows(ConnectFailedException.class, () -> scene.pool.acquire(asked)).phase();
    } finally {
      scene.closeAndCheck();
    }
  }
}

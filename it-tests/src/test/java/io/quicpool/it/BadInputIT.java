package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.ConnectionView;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolException;
import io.quicpool.PoolListener;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.Tls;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.TestIdentity;
import io.quicpool.testkit.TestKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What users get wrong, through a real pool: a typed error, and nothing left behind. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(60)
class BadInputIT {
  @Parameter private String transport;
  @TempDir private Path folder;
  private EchoPeer echo;
  private Footprint base;

  @BeforeEach
  void openPeer() throws IOException {
    Talk.warmUp(transport);
    base = Footprint.now();
    echo = Talk.echo(transport);
  }

  @AfterEach
  void closePeerAndFindNothingLeft() {
    echo.close();
    base.awaitReturn();
  }

  private PoolBuilder pool() {
    return Talk.pool(transport);
  }

  private void refusesToOpen(Kind kind, String explanation, PoolBuilder builder) {
    PoolOpenException failure = assertThrows(PoolOpenException.class, builder::open);
    assertEquals(kind, failure.kind(), failure::toString);
    assertTrue(
        failure.getMessage().contains(explanation),
        () -> "\"" + explanation + "\" in: " + failure.getMessage());
  }

  // Opening.

  @Test
  void filesThatAreMissingOrGarbledAreNamed() throws IOException {
    TestIdentity.PemFiles good = Talk.LOCALHOST.write(folder, "good");
    Path missing = folder.resolve("missing.pem");
    Path garbled = Files.writeString(folder.resolve("garbled.pem"), "not a certificate");
    Path cut =
        Files.writeString(
            folder.resolve("cut.pem"), Talk.CA.caPem().substring(0, Talk.CA.caPem().length() / 2));
    Path binary = Files.write(folder.resolve("binary.pem"), new byte[] {0, -1, 127, 13, 10});

    for (Path bad : List.of(missing, garbled, cut, binary, folder)) {
      String name = bad.getFileName().toString();
      refusesToOpen(Kind.TLS, name, pool().tls(Tls.trusting(bad)));
      refusesToOpen(Kind.TLS, name, pool().tls(Talk.CA.trusting().withIdentity(bad, good.key())));
      refusesToOpen(
          Kind.TLS, name, pool().tls(Talk.CA.trusting().withIdentity(good.certificate(), bad)));
    }
  }

  @Test
  void keysThatTheStacksDoNotTakeAreRefusedWithTheRule() {
    for (TestKey kind : List.of(TestKey.EC_P521, TestKey.ED25519, TestKey.RSA_1024)) {
      TestIdentity identity = Talk.CA.leaf().key(kind).issue();
      refusesToOpen(Kind.TLS, "must", pool().tls(Talk.CA.trusting(identity)));
    }
    TestIdentity other = Talk.CA.localhost();
    refusesToOpen(
        Kind.TLS,
        "the private key must belong to the first certificate",
        pool().tls(Talk.CA.trusting().withIdentity(Talk.LOCALHOST.key(), other.chain())));
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048"})
  void aPeersKeyOfEveryKindThatIsTakenConnects(TestKey kind) throws IOException {
    TestIdentity identity = Talk.CA.leaf().key(kind).issue();
    try (EchoPeer peer = EchoPeer.open(Stacks.transport(transport), identity, Talk.PROTOCOL);
        QuicPool pool = pool().open()) {
      Talk.message(pool, peer.peer(), kind.name());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048"})
  void anIdentityOfEveryKindThatIsTakenConnectsOrIsRefusedByTheStackWhenThePoolOpens(TestKey kind)
      throws IOException {
    try (QuicPool pool = pool().tls(Talk.CA.trusting(Talk.CA.leaf().key(kind).issue())).open()) {
      Talk.message(pool, echo.peer(), kind.name());
    } catch (PoolOpenException e) {
      assertNotEquals(TestKey.EC_P256, kind, "every stack shows that to listeners");
      assertEquals(Kind.TLS, e.kind(), e::toString);
      assertTrue(e.getMessage().contains(transport), e::getMessage);
    }
  }

  @Test
  void settingsOutOfRangeAreRefusedWhenTheyAreGiven() {
    PoolBuilder builder = pool();
    for (Runnable setting :
        List.<Runnable>of(
            () -> builder.alpn(""),
            () -> builder.alpn("a b"),
            () -> builder.maxConnections(0),
            () -> builder.maxPending(-1),
            () -> builder.idleTimeout(Duration.ZERO),
            () -> builder.connectTimeout(Duration.ofNanos(1)),
            () -> builder.acquireTimeout(Duration.ofDays(2)),
            () -> builder.drainTimeout(Duration.ofMillis(-1)),
            () -> builder.streamTimeout(Duration.ZERO),
            () -> builder.probeAfter(Duration.ofSeconds(Long.MAX_VALUE)))) {
      IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, setting::run);
      assertTrue(refusal.getMessage().contains("must be"), refusal::getMessage);
    }
  }

  @Test
  void aPoolWithoutAProtocolIsNotOpened() {
    PoolBuilder builder = QuicPool.builder().transport(transport).eviction("lru");

    IllegalStateException refusal = assertThrows(IllegalStateException.class, builder::open);
    assertTrue(refusal.getMessage().contains("alpn"), refusal::getMessage);
  }

  @Test
  void namesOfProvidersThatAreNotThereAreRefusedWithThoseThatAre() {
    refusesToOpen(Kind.PROVIDER_UNKNOWN, "[kwik, netty]", pool().transport("quiche"));
    refusesToOpen(Kind.PROVIDER_UNKNOWN, "[lru]", pool().eviction("mru"));
    refusesToOpen(
        Kind.PROVIDER_FAILED,
        "broken supplier",
        pool()
            .eviction(
                () -> {
                  throw new IllegalStateException("broken supplier");
                }));
  }

  // Running.

  @Test
  void timeoutsOutOfRangeAreRefusedByTheCall() throws IOException {
    try (QuicPool pool = pool().open();
        Lease lease = pool.acquire(echo.peer());
        QuicStream stream = lease.openStream()) {
      for (Duration bad : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofDays(2))) {
        assertThrows(IllegalArgumentException.class, () -> pool.acquire(echo.peer(), bad).close());
        assertThrows(IllegalArgumentException.class, () -> lease.openStream(bad).close());
        assertThrows(IllegalArgumentException.class, () -> stream.timeout(bad));
      }
      assertThrows(IllegalArgumentException.class, () -> pool.close(Duration.ofMillis(-1)));
      Talk.message(pool, echo.peer(), "nothing happened");
    }
  }

  @Test
  void aListenerThatThrowsHarmsNobody() throws IOException {
    PoolListener thrower =
        new PoolListener() {
          @Override
          public void dialStarted(Peer peer) {
            throw new IllegalStateException("dialStarted");
          }

          @Override
          public void opened(ConnectionView connection) {
            throw new IllegalStateException("opened");
          }

          @Override
          public void removed(ConnectionView connection, RemovalCause cause) {
            throw new IllegalStateException("removed");
          }

          @Override
          public void closed(ConnectionView connection, CloseReason reason) {
            throw new IllegalStateException("closed");
          }
        };
    try (EchoPeer other = Talk.echo(transport);
        QuicPool pool = pool().maxConnections(1).listener(thrower).open()) {
      Talk.message(pool, echo.peer(), "first");
      Talk.message(pool, other.peer(), "second");

      assertEquals(1, pool.stats().evictions());
    }
  }

  @Test
  void aPolicyThatThrowsOrNamesNobodyStopsNoEviction() throws IOException {
    Recorder told = new Recorder();
    try (EchoPeer other = Talk.echo(transport);
        QuicPool pool =
            pool().maxConnections(1).eviction(ThrowingPolicy::new).listener(told).open()) {
      Talk.message(pool, echo.peer(), "first");
      Talk.message(pool, other.peer(), "second");

      assertEquals(Set.of(other.peer()), pool.connectedPeers());
      assertEquals(1, pool.stats().evictions());
      assertTrue(pool.stats().policyFaults() > 0);
      Await.until(() -> !told.policyFaults.isEmpty(), () -> "the listener is told");
    }
  }

  /** Throws whatever it is asked. */
  private static final class ThrowingPolicy implements EvictionPolicy {
    @Override
    public String name() {
      return "throwing";
    }

    @Override
    public void added(Entry entry) {
      throw new IllegalStateException("added");
    }

    @Override
    public void used(Entry entry, long count) {
      throw new IllegalStateException("used");
    }

    @Override
    public void removed(Entry entry) {
      throw new IllegalStateException("removed");
    }

    @Override
    public Iterable<Entry> victims() {
      throw new IllegalStateException("victims");
    }
  }

  @Test
  void aResolverThatThrowsOrKnowsNothingFailsItsDialAlone() throws IOException {
    List<PoolException> failures = new ArrayList<>();
    try (QuicPool pool =
        pool()
            .peerResolver(
                peer -> {
                  if (peer.equals(Peer.named("thrown"))) {
                    throw new IllegalStateException("no idea");
                  }
                  return peer.equals(Peer.named("nowhere"))
                      ? CompletableFuture.completedFuture(List.of())
                      : peer.equals(Peer.named("failed"))
                          ? CompletableFuture.failedFuture(new IOException("no network"))
                          : CompletableFuture.completedFuture(List.of(echo.endpoint()));
                })
            .open()) {
      for (String name : List.of("thrown", "nowhere", "failed")) {
        ConnectFailedException failure =
            assertThrows(
                ConnectFailedException.class, () -> pool.acquire(Peer.named(name)).close());
        assertEquals(Phase.RESOLVE, failure.phase());
        failures.add(failure);
      }
      Talk.message(pool, Peer.named("alice"), "hello");
    }
    assertTrue(failures.get(0).getMessage().contains("no idea"), failures::toString);
    assertTrue(failures.get(2).getMessage().contains("no network"), failures::toString);
  }
}

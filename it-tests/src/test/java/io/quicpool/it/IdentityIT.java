package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Endpoint;
import io.quicpool.Fingerprint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Who is let into the pool, and who is not, by real handshakes. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(60)
class IdentityIT {
  @Parameter private String transport;

  private EchoPeer echo(TestIdentity identity) throws IOException {
    return EchoPeer.open(Stacks.transport(transport), identity, Talk.PROTOCOL);
  }

  private PoolBuilder pinning() {
    return Talk.pool(transport).tls(Tls.pinning());
  }

  private static PoolBuilder resolving(PoolBuilder builder, EchoPeer to) {
    return builder.peerResolver(peer -> CompletableFuture.completedFuture(List.of(to.endpoint())));
  }

  /** Expects that a dial fails in that phase and that nothing of it stays. */
  private static ConnectFailedException refused(QuicPool pool, Peer peer, Phase phase)
      throws IOException {
    ConnectFailedException failure =
        assertThrows(ConnectFailedException.class, () -> pool.acquire(peer).close());
    assertEquals(phase, failure.phase(), failure::toString);
    PoolStats stats = pool.stats();
    assertEquals(0, stats.open() + stats.dialling() + stats.opened(), stats::toString);
    assertEquals(1, stats.dialsFailed());
    assertEquals(Set.of(), pool.connectedPeers());
    assertEquals(true, pool.tryAcquire(peer).isEmpty());
    return failure;
  }

  private void refusedWith(TestIdentity identity, Phase phase) throws IOException {
    try (EchoPeer echo = echo(identity);
        QuicPool pool = Talk.pool(transport).open()) {
      refused(pool, echo.peer(), phase);
    }
  }

  // Services.

  @Test
  void aServiceIsProvenByItsAddressInTheCertificate() throws IOException {
    try (EchoPeer echo = echo(Talk.CA.leaf().ip("127.0.0.1").withoutCommonName().issue());
        QuicPool pool = Talk.pool(transport).open()) {
      Talk.message(pool, echo.peer(), "hello");

      assertEquals(Set.of(echo.peer()), pool.connectedPeers());
    }
  }

  @Test
  void aServiceIsProvenByItsNameInAnyCaseWhereverItIs() throws IOException {
    try (EchoPeer echo = echo(Talk.CA.leaf().dns("Peer.EXAMPLE").issue());
        QuicPool pool =
            Talk.pool(transport)
                .hostResolver(host -> List.of(InetAddress.getLoopbackAddress()))
                .open()) {
      Peer peer = Peer.of("pEER.example:" + echo.address().getPort());
      Talk.message(pool, peer, "hello");
      Talk.message(pool, Peer.of("quic://peer.example.:" + echo.address().getPort()), "again");

      assertEquals(1, pool.stats().dials(), "two spellings of one peer");
    }
  }

  @Test
  void aResolverSaysWhereAServiceIsButNotWhoItIs() throws IOException {
    try (EchoPeer echo = echo(Talk.CA.leaf().dns("peer.example").issue());
        QuicPool pool = resolving(Talk.pool(transport), echo).open()) {
      Talk.message(pool, Peer.of("peer.example:443"), "hello");
    }
    try (EchoPeer echo = echo(Talk.CA.leaf().dns("peer.example").issue());
        QuicPool pool = resolving(Talk.pool(transport), echo).open()) {
      refused(pool, Peer.of("other.example:443"), Phase.IDENTITY);
    }
  }

  @Test
  void anotherHostsCertificateIsRefused() throws IOException {
    refusedWith(Talk.CA.leaf().dns("other.example").issue(), Phase.IDENTITY);
    refusedWith(Talk.CA.leaf().ip("127.0.0.2").issue(), Phase.IDENTITY);
  }

  @Test
  void aCertificateWithoutCommonNameStandsForNoOtherHost() throws IOException {
    refusedWith(Talk.CA.leaf().withoutCommonName().dns("evil.example").issue(), Phase.IDENTITY);
  }

  @Test
  void aCommonNameIsNoProof() throws IOException {
    refusedWith(Talk.CA.leaf().commonName("127.0.0.1").withoutNames().issue(), Phase.IDENTITY);
  }

  @Test
  void anotherAuthoritysCertificateIsRefused() throws IOException {
    refusedWith(TestCertificates.create().localhost(), Phase.IDENTITY);
    refusedWith(Talk.CA.leaf().selfSigned().issue(), Phase.IDENTITY);
  }

  @Test
  void aCertificateOutOfItsTimeIsRefused() throws IOException {
    refusedWith(Talk.CA.leaf().expired().issue(), Phase.IDENTITY);
    refusedWith(Talk.CA.leaf().notYetValid().issue(), Phase.IDENTITY);
  }

  /** With TLS 1.3 our side of the handshake can be over by then; only netty can ask (K6). */
  @Test
  void whoShowsNoCertificateThoughOneIsRequiredIsToldSo() throws Exception {
    try (EchoPeer echo =
            EchoPeer.on(Stacks.transport("netty"), Talk.CA.localhost().identity(), Talk.PROTOCOL)
                .clientAuth(ClientAuth.REQUIRED, PeerVerifier.ofClient(Talk.CA.trustManager()))
                .open();
        QuicPool pool = Talk.pool(transport).open()) {
      Throwable told = refusal(pool, echo.peer());

      assertInstanceOf(ConnectFailedException.class, told);
      assertEquals(0, echo.connections());
      assertEquals(Set.of(), pool.connectedPeers());
    }
  }

  /** Of the dial, or of the first acquire after it whose connection was refused. */
  private static Throwable refusal(QuicPool pool, Peer peer) throws Exception {
    try {
      pool.acquire(peer).close();
      Await.until(() -> pool.stats().closed() == 1, () -> "the refusal: " + pool.stats());
      pool.acquire(peer).close();
      throw new AssertionError("dialled again: " + pool.stats());
    } catch (ConnectFailedException told) {
      return told;
    }
  }

  @Test
  void aPeerOfAnotherProtocolIsRefused() throws IOException {
    try (EchoPeer echo = EchoPeer.open(Stacks.transport(transport), Talk.LOCALHOST, "other/1");
        QuicPool pool = Talk.pool(transport).open()) {
      refused(pool, echo.peer(), Phase.ALPN);
      assertEquals(0, echo.connections());
    }
  }

  @Test
  void aRefusedPeerHarmsNoOther() throws IOException {
    try (EchoPeer bad = echo(Talk.CA.leaf().expired().issue());
        EchoPeer good = echo(Talk.LOCALHOST);
        QuicPool pool = Talk.pool(transport).open()) {
      refused(pool, bad.peer(), Phase.IDENTITY);
      Talk.message(pool, good.peer(), "hello");

      assertEquals(Set.of(good.peer()), pool.connectedPeers());
    }
  }

  @Test
  void aHostThatDoesNotExistFailsToResolve() throws IOException {
    try (QuicPool pool =
        Talk.pool(transport)
            .hostResolver(
                host -> {
                  throw new UnknownHostException(host);
                })
            .open()) {
      refused(pool, Peer.of("nowhere.example:443"), Phase.RESOLVE);
    }
  }

  // Pinned peers.

  @Test
  void aPinnedPeerIsWhoeverHoldsTheKeyEvenIfItsCertificateProvesNothing() throws IOException {
    TestIdentity identity =
        Talk.CA.leaf().selfSigned().expired().withoutCommonName().withoutNames().issue();
    try (EchoPeer echo = echo(identity);
        QuicPool pool = pinning().open()) {
      Talk.message(pool, echo.pinned(), "hello");
      try (Lease lease = pool.acquire(Peer.pinned(identity.fingerprint()))) { // no hint: pooled
        assertEquals(echo.pinned(), lease.connection().peer());
        assertEquals(
            identity.fingerprint(), Fingerprint.of(lease.connection().peerCertificates().get(0)));
      }
    }
  }

  @Test
  void aPinnedPeerIsVerifiedByItsKeyAloneBesideAuthorities() throws IOException {
    try (EchoPeer echo = echo(TestCertificates.create().leaf().dns("other.example").issue());
        QuicPool pool = Talk.pool(transport).open()) {
      Talk.message(pool, echo.pinned(), "hello");
    }
  }

  @Test
  void aPinnedPeerWithAnotherKeyIsRefused() throws IOException {
    try (EchoPeer echo = echo(Talk.LOCALHOST);
        QuicPool pool = Talk.pool(transport).open()) {
      Fingerprint other = Talk.CA.localhost().fingerprint();
      refused(pool, Peer.pinned(other, echo.endpoint().toString()), Phase.IDENTITY);
    }
  }

  @Test
  void aPinnedPeerIsFoundAtALaterHint() throws IOException {
    try (EchoPeer stranger = echo(Talk.CA.localhost());
        EchoPeer echo = echo(Talk.LOCALHOST);
        QuicPool pool = pinning().open()) {
      Peer peer =
          Peer.pinned(
              Talk.LOCALHOST.fingerprint(),
              stranger.endpoint().toString(),
              echo.endpoint().toString());
      Talk.message(pool, peer, "hello");

      assertEquals(1, echo.streams());
    }
  }

  @Test
  void aPinnedPeerWithoutHintsFailsToResolve() throws IOException {
    try (QuicPool pool = pinning().open()) {
      refused(pool, Peer.pinned(Talk.LOCALHOST.fingerprint()), Phase.RESOLVE);
    }
  }

  @Test
  void whereOnlyPinsCountAServiceIsRefused() throws IOException {
    try (EchoPeer echo = echo(Talk.LOCALHOST);
        QuicPool pool = pinning().open()) {
      refused(pool, echo.peer(), Phase.IDENTITY);
    }
  }

  // Named peers.

  @Test
  void aNamedPeerIsWhereTheResolverSaysAndProvesThatHost() throws IOException {
    try (EchoPeer echo = echo(Talk.LOCALHOST);
        QuicPool pool = resolving(Talk.pool(transport), echo).open()) {
      Talk.message(pool, Peer.named("alice"), "hello");
      assertEquals(Set.of(Peer.named("alice")), pool.connectedPeers());
    }
    try (EchoPeer echo = echo(Talk.CA.leaf().dns("other.example").issue());
        QuicPool pool = resolving(Talk.pool(transport), echo).open()) {
      refused(pool, Peer.named("alice"), Phase.IDENTITY);
    }
  }

  @Test
  void aNamedPeerThatNobodyKnowsFailsToResolve() throws IOException {
    try (QuicPool pool = Talk.pool(transport).open()) {
      refused(pool, Peer.named("nobody"), Phase.RESOLVE);
    }
  }

  @Test
  void theThreeKindsOfPeersShareNoConnection() throws IOException {
    try (EchoPeer echo = echo(Talk.LOCALHOST);
        QuicPool pool = resolving(Talk.pool(transport), echo).open()) {
      Talk.message(pool, echo.peer(), "of");
      Talk.message(pool, echo.pinned(), "pinned");
      Talk.message(pool, Peer.named(echo.endpoint().toString()), "named");

      assertEquals(3, pool.stats().dials());
      assertEquals(3, echo.connections());
    }
  }

  // Dials that are not pooled.

  @Test
  void anUnpooledDialIsVerifiedAsAPooledOne() throws IOException {
    try (EchoPeer echo = echo(Talk.CA.leaf().dns("other.example").issue());
        QuicPool pool = Talk.pool(transport).open()) {
      Endpoint at = echo.endpoint();
      for (Peer peer :
          List.of(
              Peer.of(at), Peer.named("alice"), Peer.pinned(Talk.CA.localhost().fingerprint()))) {
        ConnectFailedException failure =
            assertThrows(ConnectFailedException.class, () -> pool.connect(peer, at));
        assertEquals(Phase.IDENTITY, failure.phase());
      }
      assertEquals(0, pool.stats().dials(), "they are not counted");
    }
  }
}

package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.ConnectionLostException;
import io.quicpool.ConnectionView;
import io.quicpool.Endpoint;
import io.quicpool.Fingerprint;
import io.quicpool.IdentityVerifier;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolOpenException;
import io.quicpool.PutResult.Status;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Pools that listen, on each stack: who comes in, under which name, and who does not. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(60)
class ListeningIT {
  @Parameter private String transport;
  private final List<Member> members = new ArrayList<>();

  private Member member(Consumer<PoolBuilder> settings) throws IOException {
    Member member = new Member(transport, Member.identity(), settings);
    members.add(member);
    return member;
  }

  @AfterEach
  void close() {
    members.forEach(Member::close);
  }

  private boolean asksForCertificates(Member member) {
    return member.pool.capabilities().contains(Capability.CLIENT_CERTIFICATES);
  }

  @Test
  void whoDialsIsReachedOverTheConnectionThatItDialled() throws Exception {
    Member server = member(builder -> {});
    Member client = member(builder -> {});
    Talk.message(client.pool, server.peer(), "there");
    ConnectionView inbound = server.served().element();
    assertEquals(Origin.ACCEPTED, inbound.origin());

    Talk.message(server.pool, inbound.peer(), "and back");

    assertEquals(0, server.pool.stats().dials());
    assertEquals(server.peer(), client.served().element().peer());
    if (asksForCertificates(server)) {
      assertEquals(client.peer(), inbound.peer());
      assertEquals(
          client.identity.fingerprint(), Fingerprint.of(inbound.peerCertificates().get(0)));
    } else {
      assertInstanceOf(Peer.Anonymous.class, inbound.peer());
      assertTrue(server.pool.tryAcquire(client.peer()).isEmpty());
      Peer alice = Peer.named("alice");
      assertEquals(Status.ADOPTED, server.pool.put(alice, inbound).status());
      Talk.message(server.pool, alice, "by name");
      assertEquals(0, server.pool.stats().dials());
    }
  }

  @Test
  void aListenerWithAnotherKeyIsRefusedWithATypedCause() throws Exception {
    Member server = member(builder -> {});
    Member client = member(builder -> {});
    Peer imposter =
        Peer.pinned(
            Member.identity().fingerprint(),
            "127.0.0.1:" + server.pool.listenAddress().orElseThrow().getPort());

    ConnectFailedException refused =
        assertThrows(ConnectFailedException.class, () -> client.pool.acquire(imposter));

    assertEquals(Phase.IDENTITY, refused.phase());
    assertEquals(0, client.pool.stats().open());
  }

  @Test
  void aNamedPeerIsVerifiedAsTheApplicationSays() throws Exception {
    Member server = member(builder -> {});
    TestIdentity expected = server.identity;
    IdentityVerifier byKey =
        new IdentityVerifier() {
          @Override
          public void verify(Peer.Named dialled, List<X509Certificate> chain)
              throws CertificateException {
            if (!dialled.id().equals("alice")
                || !Fingerprint.of(chain.get(0)).equals(expected.fingerprint())) {
              throw new CertificateException("not " + dialled.id());
            }
          }
        };
    Member client =
        member(
            builder ->
                builder
                    .identities(byKey)
                    .peerResolver(
                        peer ->
                            CompletableFuture.completedFuture(
                                List.of(
                                    Endpoint.of(
                                        "127.0.0.1",
                                        server.pool.listenAddress().orElseThrow().getPort())))));

    Talk.message(client.pool, Peer.named("alice"), "hello");
    ConnectFailedException refused =
        assertThrows(ConnectFailedException.class, () -> client.pool.acquire(Peer.named("bob")));

    assertEquals(Phase.IDENTITY, refused.phase());
    assertTrue(refused.getMessage().contains("not bob"), refused.getMessage());
  }

  @Test
  void overMaxInboundTheIdleYieldAndWhereNoneIsTheNewcomerIsRefused() throws Exception {
    Member server = member(builder -> builder.maxInbound(1));
    Member first = member(builder -> {});
    Member second = member(builder -> {});
    Talk.message(first.pool, server.peer(), "in");
    Await.until(
        () -> server.pool.stats().streams() == 0, () -> "the stream of " + server.pool.stats());

    Talk.message(second.pool, server.peer(), "in, too");
    Await.until(() -> first.pool.stats().open() == 0, () -> "the eviction");
    assertEquals(1, server.pool.stats().inbound());
    Peer known = server.served().stream().reduce((a, b) -> b).orElseThrow().peer();
    try (Lease busy = server.pool.tryAcquire(known).orElseThrow()) {
      try (Lease refused = first.pool.acquire(server.peer())) {
        Await.until(() -> !refused.connection().isOpen(), () -> "the refusal");
      }
      assertTrue(busy.connection().isOpen());
    }
    assertEquals(1, server.pool.stats().refused());
    assertInstanceOf(
        PoolExhaustedException.class, Await.result(server.told.refusal(), "the refusal"));
  }

  @Test
  void whoMustShowACertificateAndShowsNoneIsNeverPooled() throws Exception {
    if (!asksForCertificates(member(builder -> {}))) {
      PoolOpenException unsupported =
          assertThrows(
              PoolOpenException.class, () -> member(builder -> builder.demandCertificates(true)));
      assertEquals(PoolOpenException.Kind.UNSUPPORTED, unsupported.kind());
      return;
    }
    Member server = member(builder -> builder.demandCertificates(true));
    try (QuicPool nobody =
        QuicPool.builder()
            .alpn(Talk.PROTOCOL)
            .tls(Tls.pinning())
            .transport(transport)
            .eviction("lru")
            .acquireTimeout(Duration.ofSeconds(5))
            .open()) {
      assertRefusedByTls(() -> Talk.message(nobody, server.peer(), "let me in"));
      Await.until(() -> nobody.stats().open() == 0, () -> "the removal");
    }
    assertEquals(0, server.pool.stats().accepted());
    assertTrue(server.served().isEmpty());
  }

  @Test
  void tlsSettingsAreReloadedForBothSidesWhereTheStackCan() throws Exception {
    Member server = member(builder -> {});
    Member client = member(builder -> {});
    Talk.message(client.pool, server.peer(), "before");
    TestIdentity fresh = Member.identity();
    if (!asksForCertificates(client)) {
      PoolOpenException refused =
          assertThrows(PoolOpenException.class, () -> client.pool.reloadTls(fresh.pinning()));
      assertEquals(PoolOpenException.Kind.UNSUPPORTED, refused.kind());
      client.pool.reloadTls(client.identity.pinning()); // the same identity: trust alone
      Talk.message(client.pool, server.peer(), "after");
      assertEquals(2, client.pool.stats().dials());
      return;
    }

    client.pool.reloadTls(fresh.pinning());
    Talk.message(client.pool, server.peer(), "after");
    Peer now = server.served().stream().reduce((a, b) -> b).orElseThrow().peer();
    assertEquals(Peer.pinned(fresh.fingerprint()), now);

    TestIdentity other = Member.identity();
    server.pool.reloadTls(other.pinning());
    Await.until(() -> client.pool.stats().open() == 0, () -> "the old connection's end");
    ConnectFailedException refused =
        assertThrows(ConnectFailedException.class, () -> client.pool.acquire(server.peer()));
    assertEquals(Phase.IDENTITY, refused.phase());
    Talk.message(
        client.pool,
        Peer.pinned(
            other.fingerprint(),
            "127.0.0.1:" + server.pool.listenAddress().orElseThrow().getPort()),
        "to the new one");
  }

  @Test
  void aCertificateThatNobodyVouchesForIsRefused() throws Exception {
    Member server = member(builder -> builder.tls(Talk.CA.trusting(Talk.LOCALHOST)));
    Peer peer =
        Peer.pinned(
            Talk.LOCALHOST.fingerprint(),
            "127.0.0.1:" + server.pool.listenAddress().orElseThrow().getPort());
    Member stranger = member(builder -> {}); // signed by itself
    if (!asksForCertificates(server)) {
      Talk.message(stranger.pool, peer, "anonymous");
      return;
    }

    assertRefusedByTls(() -> Talk.message(stranger.pool, peer, "let me in"));

    Await.until(() -> stranger.pool.stats().open() == 0, () -> "the removal");
    assertEquals(0, server.pool.stats().accepted());
    assertFalse(server.pool.connectedPeers().contains(stranger.peer()));

    TestIdentity late = Talk.CA.leaf().expired().issue();
    Member expired = member(builder -> builder.tls(Talk.CA.trusting(late)));
    assertRefusedByTls(() -> Talk.message(expired.pool, peer, "let me in"));
    assertEquals(0, server.pool.stats().accepted());
  }

  /**
   * In TLS 1.3 the dialler is connected before it is judged: the refusal ends the connection. If it
   * does so before the message has a stream, the message's next acquire is told.
   */
  private static void assertRefusedByTls(Executable message) {
    PoolException refused = assertThrows(PoolException.class, message);
    if (refused instanceof ConnectionLostException lost) {
      assertEquals(CloseReason.Kind.PEER_TRANSPORT, lost.reason().kind(), lost::toString);
      assertEquals(0x100, lost.reason().code() & ~0xff, () -> "a TLS alert: " + lost.reason());
    } else {
      assertInstanceOf(ConnectFailedException.class, refused);
      assertTrue(refused.getMessage().contains("was refused: PEER_TRANSPORT"), refused::toString);
    }
  }
}

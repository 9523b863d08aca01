package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.Tls;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class VerificationTest extends PoolTest {
  private static final TestCertificates AUTHORITY = TestCertificates.create();

  private Scene withPeer(Tls tls, TestIdentity shown) throws Exception {
    Scene scene =
        open(
            builder ->
                builder
                    .tls(tls)
                    .hostResolver(host -> List.of(Scene.address(1).getAddress()))
                    .peerResolver(VerificationTest::where));
    scene.network.echo(Scene.address(1), Optional.of(shown.identity()), 10);
    return scene;
  }

  /** Everybody is told to be at the one address there is, under the host name that it proves. */
  private static CompletionStage<List<Endpoint>> where(Peer peer) {
    return CompletableFuture.completedFuture(List.of(Endpoint.parse("relay.example:4433")));
  }

  private static Phase refused(Scene scene, Peer peer) {
    Phase phase =
        assertThrows(ConnectFailedException.class, () -> scene.pool.acquire(peer)).phase();
    assertTrue(scene.pool.connectedPeers().isEmpty());
    assertEquals(0, scene.network.open());
    return phase;
  }

  @Test
  void aTransportThatIgnoresTheVerifierIsRefusedAndItsConnectionClosed() throws Exception {
    FakeConnection unverified = new FakeConnection();
    Scene scene =
        open(
            builder ->
                builder.transport(
                    new FakeTransport(r -> CompletableFuture.completedFuture(unverified))));

    ConnectFailedException failed = failure(ConnectFailedException.class, scene.ask(1));

    assertEquals(Phase.IDENTITY, failed.phase());
    assertEquals(
        "identity: the transport must verify 10.0.0.1:4433 before it completes a dial, it did not",
        failed.getMessage());
    assertEquals(1, unverified.closeCalls.get());
  }

  @Test
  void aServiceProvesItsOwnHostWhereverItIsSaidToBe() throws Exception {
    Scene scene = withPeer(AUTHORITY.trusting(), AUTHORITY.leaf().dns("peer.example").issue());

    scene.pool.acquire(Peer.of("peer.example:4433")).close();
    scene.pool.invalidate(Peer.of("peer.example:4433"));
    assertEquals(Phase.IDENTITY, refused(scene, Peer.of("relay.example:4433")));
  }

  @Test
  void aNamedPeerProvesTheHostThatTheResolverNames() throws Exception {
    Scene right = withPeer(AUTHORITY.trusting(), AUTHORITY.leaf().dns("relay.example").issue());
    right.pool.acquire(Peer.named("alice")).close();

    Scene wrong = withPeer(AUTHORITY.trusting(), AUTHORITY.leaf().dns("peer.example").issue());
    assertEquals(Phase.IDENTITY, refused(wrong, Peer.named("alice")));
  }

  @Test
  void aPinnedPeerProvesItsKeyAndNothingElse() throws Exception {
    TestIdentity self = AUTHORITY.leaf().dns("whatever.example").expired().selfSigned().issue();
    for (Tls tls : List.of(Tls.pinning(), Tls.insecure(), AUTHORITY.trusting())) {
      Scene scene = withPeer(tls, self);
      try (Lease lease = scene.pool.acquire(Peer.pinned(self.fingerprint()))) {
        assertEquals(self.certificate(), lease.connection().peerCertificates().get(0));
      }
      scene.pool.invalidate(Peer.pinned(self.fingerprint()));
      assertEquals(Phase.IDENTITY, refused(scene, Peer.pinned("11".repeat(32))));
    }
  }

  @Test
  void anExpiredOrUntrustedCertificateIsRefused() throws Exception {
    Peer peer = Peer.of("peer.example:4433");
    TestIdentity expired = AUTHORITY.leaf().dns("peer.example").expired().issue();
    TestIdentity untrusted = TestCertificates.create().leaf().dns("peer.example").issue();

    assertEquals(Phase.IDENTITY, refused(withPeer(AUTHORITY.trusting(), expired), peer));
    assertEquals(Phase.IDENTITY, refused(withPeer(AUTHORITY.trusting(), untrusted), peer));
  }

  @Test
  void withPinningAloneOnlyPinnedPeersAreDialled() throws Exception {
    Scene scene = withPeer(Tls.pinning(), AUTHORITY.localhost());

    String message =
        assertThrows(
                ConnectFailedException.class,
                () -> scene.pool.acquire(Peer.of("peer.example:4433")))
            .getMessage();

    assertTrue(message.contains("only Peer.pinned can be verified"), message);
    assertEquals(0, scene.network.dials());
  }

  @Test
  void anUnpooledDialIsVerifiedAsThePeerWouldBe() throws Exception {
    Scene scene = withPeer(AUTHORITY.trusting(), AUTHORITY.leaf().dns("peer.example").issue());
    Endpoint somewhere = Endpoint.parse(Scene.text(1));

    assertThrows(ConnectFailedException.class, () -> scene.pool.connect(somewhere));
    scene.pool.connect(Peer.of("peer.example:1"), somewhere).close(0, "");
  }
}

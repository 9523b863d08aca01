package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.IdentityVerifier;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolExhaustedException;
import io.quicpool.PoolOpenException;
import io.quicpool.RemovalCause;
import io.quicpool.Tls;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ReloadTlsTest extends NodesTest {

  @Test
  void bothSidesOfAPoolTakeANewIdentity() throws Exception {
    Node server = node(1);
    Node client = node(2);
    client.send(server);
    Peer before = server.from.get(0).peer();
    server.endStreams();
    TestIdentity fresh = identity("fresh");

    client.pool.reloadTls(fresh.pinning());
    client.settle(server);
    assertEquals(Set.of(), client.pool.connectedPeers(), "idle: drained at once");
    client.send(server);

    assertEquals(Peer.pinned(fresh.fingerprint()), server.from.get(1).peer());
    assertFalse(server.from.get(1).peer().equals(before));
    server.endStreams();
    server.pool.reloadTls(identity("other").pinning());
    server.settle(client);
    var asked = client.pool.acquireAsync(server.peer());
    client.settle(server);
    assertTrue(asked.isCompletedExceptionally(), "it is somebody else now");
  }

  @Test
  void whatIsInUseFinishes() throws Exception {
    Node server = node(1);
    Node client = node(2);
    Lease lease = client.lease(server);

    client.pool.reloadTls(identity("fresh").pinning());
    client.settle(server);

    assertTrue(lease.connection().isOpen());
    assertTrue(client.events.take().contains("removed " + 1 + " " + RemovalCause.TLS_RELOADED));
    lease.openStream().close();
    lease.close();
    assertFalse(lease.connection().isOpen());
  }

  @Test
  void aHandshakeThatIsOnItsWayIsJudgedByTheNewSettings() throws Exception {
    TestCertificates old = TestCertificates.create();
    TestCertificates now = TestCertificates.create();
    TestIdentity identity = old.leaf().ip("10.0.0.9").issue();
    Node client =
        node(
            2,
            builder ->
                builder
                    .tls(old.trusting())
                    .maxInbound(1)
                    .tls(old.trusting(old.leaf().ip("10.0.0.2").issue())));
    network.echo(Scene.address(9), Optional.of(identity.identity()), 10);
    network.script(Scene.address(9)).dials(DialOutcome.held());
    CompletableFuture<Lease> asked = client.pool.acquireAsync(Peer.of(Scene.text(9)));
    client.tasks.runAll();

    client.pool.reloadTls(now.trusting(now.leaf().ip("10.0.0.2").issue()));
    network.pendingDials().get(0).complete();
    client.tasks.runAll();

    ConnectFailedException failed = PoolTest.failure(ConnectFailedException.class, asked);
    assertEquals(Phase.IDENTITY, failed.phase());
  }

  @Test
  void whoIsBeingIdentifiedMeanwhileIsJudgedByTheNewSettings() throws Exception {
    TestCertificates old = TestCertificates.create();
    TestCertificates now = TestCertificates.create();
    TestIdentity own = old.leaf().ip("10.0.0.1").issue();
    Node[] server = new Node[1];
    IdentityVerifier slow =
        identifying(
            chain -> {
              try {
                server[0].pool.reloadTls(now.trusting(now.leaf().ip("10.0.0.1").issue()));
              } catch (PoolException e) {
                throw new CertificateException(e);
              }
              return Peer.named("late");
            });
    server[0] = node(1, builder -> builder.tls(old.trusting(own)).identities(slow));
    Node client = node(2, builder -> builder.tls(old.trusting(old.leaf().ip("10.0.0.2").issue())));

    client.pool.acquireAsync(Peer.of(Scene.text(1)));
    client.settle(server[0]);

    assertEquals(Set.of(), server[0].pool.connectedPeers());
    assertEquals(1, server[0].stats().refused());
  }

  @Test
  void settingsThatCannotBeUsedChangeNothing() throws Exception {
    Node server = node(1);
    Node client = node(2);
    client.lease(server).close();

    assertThrows(
        PoolOpenException.class, () -> client.pool.reloadTls(Tls.trusting(Path.of("/no/such"))));
    assertThrows(PoolOpenException.class, () -> client.pool.reloadTls(Tls.pinning()), "listens");

    assertEquals(Set.of(server.peer()), client.pool.connectedPeers());
    client.lease(server).close();
    assertEquals(1, client.stats().dials());
  }

  @Test
  void drainingStaysBounded() throws Exception {
    Node server = node(1);
    Node client = node(2, builder -> builder.maxConnections(1));
    Lease first = client.lease(server);
    client.pool.reloadTls(identity("second").pinning());
    Lease second = client.lease(server);

    PoolExhaustedException refused =
        assertThrows(
            PoolExhaustedException.class, () -> client.pool.reloadTls(identity("third").pinning()));

    assertTrue(refused.getMessage().contains("1 are, and 1 more"), refused.getMessage());
    first.close();
    second.close();
    client.pool.reloadTls(identity("third").pinning());
  }
}

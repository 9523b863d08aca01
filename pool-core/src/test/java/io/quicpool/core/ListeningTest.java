package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.ConnectionView;
import io.quicpool.Fingerprint;
import io.quicpool.IdentityVerifier;
import io.quicpool.InvalidEndpointException;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.PutResult.Status;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.StreamResetException;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Pools that are dialled: who comes in under which name, and who yields to whom. */
class ListeningTest extends NodesTest {

  private static Consumer<PoolBuilder> max(int connections, int inbound) {
    return builder -> builder.maxConnections(connections).maxInbound(inbound);
  }

  @Test
  void whoDialsUsIsPooledUnderItsKeyAndIsReachedOverThatConnection() throws Exception {
    Node server = node(1);
    Node client = node(2);

    client.send(server);

    assertEquals(Set.of(client.peer()), server.pool.connectedPeers());
    assertEquals(client.peer(), server.from.get(0).peer());
    assertEquals(Origin.ACCEPTED, server.from.get(0).origin());
    assertEquals(1, server.stats().accepted());
    assertEquals(1, server.stats().inbound());
    Lease back = server.lease(client);
    back.openStream().output().close();
    server.settle(client);
    assertEquals(0, server.stats().dials());
    assertEquals(server.peer(), client.from.get(0).peer());
    back.close();
  }

  @Test
  void theStreamsOfPeersKeepTheirConnectionInUse() throws Exception {
    Node server = node(1, builder -> builder.idleTimeout(Duration.ofSeconds(5)));
    Node client = node(2, builder -> builder.idleTimeout(Duration.ofMinutes(10)));
    client.send(server);
    assertEquals(1, server.stats().streams());

    server.advance(Duration.ofSeconds(60));
    assertEquals(1, server.stats().open(), "it is in use");
    server.endStreams();
    server.advance(Duration.ofSeconds(6));

    assertEquals(0, server.stats().open());
    assertEquals(1, server.stats().expirations());
  }

  @Test
  void aHandlerThatThrowsHarmsNoOtherAndItsStreamIsReset() throws Exception {
    Node server =
        node(
            1,
            builder ->
                builder.onStream(
                    (stream, from) -> {
                      throw new IllegalStateException("no");
                    }));
    Node client = node(2);

    QuicStream stream = client.send(server);

    assertThrows(StreamResetException.class, () -> stream.input().read());
    assertEquals(0, server.stats().streams());
    assertEquals(1, server.stats().open());
  }

  @Test
  void aPoolWithoutHandlerGrantsItsPeersNoStreams() throws Exception {
    Node server = node(1);
    QuicPool dialler =
        QuicPool.builder()
            .alpn("test/1")
            .tls(identity("dialler").pinning())
            .transport(network.transport())
            .time(time)
            .executor(server.tasks)
            .open();
    var asked = dialler.acquireAsync(server.peer());
    server.tasks.runAll();
    asked.join().close();
    Peer known = server.pool.connectedPeers().iterator().next();

    var stream = server.pool.tryAcquire(known).orElseThrow().openStreamAsync();
    server.tasks.runAll();
    assertFalse(stream.isDone());

    stream.cancel(true);
    dialler.close();
  }

  @Test
  void whoShowsNoCertificateIsAnonymousAndCanBeGivenAName() throws Exception {
    Node server =
        node(
            1,
            builder ->
                builder.transport(network.transport().without(Capability.CLIENT_CERTIFICATES)));
    Node client = node(2);
    client.send(server);
    ConnectionView inbound = server.from.get(0);
    assertInstanceOf(Peer.Anonymous.class, inbound.peer());
    assertTrue(server.pool.tryAcquire(client.peer()).isEmpty(), "never under a name");
    server.pool.tryAcquire(inbound.peer()).orElseThrow().close();

    Peer alice = Peer.named("alice");
    assertEquals(Status.ADOPTED, server.pool.put(alice, inbound).status());

    assertEquals(alice, inbound.peer());
    assertEquals(Set.of(alice), server.pool.connectedPeers());
    server.pool.tryAcquire(alice).orElseThrow().close();
    assertEquals(Status.ALREADY_POOLED, server.pool.put(alice, inbound).status());
    assertEquals(Status.REFUSED_IDENTITY, server.pool.put(Peer.named("bob"), inbound).status());
  }

  @Test
  void nobodyVouchesForAKeyOrAHost() throws Exception {
    Node server = node(1);
    Node client = node(2);
    client.send(server);

    assertThrows(
        IllegalArgumentException.class, () -> server.pool.put(client.peer(), server.from.get(0)));
  }

  @Test
  void anAnonymousOneWithANameTakesThePlaceOfTheOlderOneOfThatName() throws Exception {
    Node server =
        node(
            1,
            builder ->
                builder.transport(network.transport().without(Capability.CLIENT_CERTIFICATES)));
    Node first = node(2);
    Node second = node(3);
    first.send(server);
    second.send(server);
    Peer alice = Peer.named("alice");
    server.pool.put(alice, server.from.get(0));

    assertEquals(Status.REPLACED, server.pool.put(alice, server.from.get(1)).status());

    assertEquals(1, server.stats().open());
    assertEquals(1, server.stats().draining());
    assertTrue(server.from.get(0).isOpen(), "its stream is still handled");
  }

  @Test
  void theApplicationSaysWhoDialsAndMayRefuse() throws Exception {
    IdentityVerifier verifier =
        identifying(
            chain -> {
              String name = chain.get(0).getSubjectX500Principal().getName();
              if (name.contains("node-3")) {
                throw new CertificateException("banned");
              }
              return Peer.named("user of " + name.replaceAll(".*(node-\\d).*", "$1"));
            });
    Node server = node(1, builder -> builder.identities(verifier));
    Node client = node(2);
    Node banned = node(3);

    client.send(server);
    Lease lease = banned.lease(server);
    server.settle(banned);

    assertEquals(Set.of(Peer.named("user of node-2")), server.pool.connectedPeers());
    assertEquals(1, server.stats().refused());
    assertTrue(server.events.take().contains("refused IDENTITY"));
    assertFalse(lease.connection().isOpen(), "it is closed, with a code");
    lease.close();
  }

  @Test
  void whileAsManyAreIdentifiedAsMayComeInTheNextIsRefused() throws Exception {
    AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
    IdentityVerifier slow =
        identifying(
            chain -> {
              meanwhile.getAndSet(() -> {}).run();
              return Peer.pinned(Fingerprint.of(chain.get(0)));
            });
    Node server = node(1, max(3, 1).andThen(builder -> builder.identities(slow)));
    Node first = node(2);
    Node second = node(3);
    List<Lease> leases = new ArrayList<>();
    meanwhile.set(() -> leases.add(second.lease(server)));

    leases.add(first.lease(server));

    assertEquals(Set.of(first.peer()), server.pool.connectedPeers());
    assertEquals(1, server.stats().refused());
    assertFalse(leases.get(0).connection().isOpen());
    assertTrue(leases.get(1).connection().isOpen());
    leases.forEach(Lease::close);
  }

  @Test
  void anIdentityThatADialAloneCanProveIsRefused() throws Exception {
    IdentityVerifier verifier =
        identifying(
            chain -> {
              return Peer.of("bank.example:443");
            });
    Node server = node(1, builder -> builder.identities(verifier));
    Node client = node(2);

    client.lease(server).close();
    server.settle(client);

    assertEquals(Set.of(), server.pool.connectedPeers());
    assertEquals(1, server.stats().refused());
  }

  @Test
  void aCertificateThatNoAuthorityVouchesForIsRefusedInTheHandshake() throws Exception {
    TestCertificates authority = TestCertificates.create();
    var own = authority.leaf().ip("10.0.0.1").issue();
    Node server = node(1, builder -> builder.tls(authority.trusting(own)));
    Node client = node(2);

    var asked = client.pool.acquireAsync(Peer.pinned(own.fingerprint(), Scene.text(1)));
    client.settle(server);

    assertTrue(asked.isCompletedExceptionally());
    assertEquals(0, server.stats().accepted());
  }

  @Test
  void strangersYieldToOneAnotherAndNeverDisplaceOnesOwnPeers() throws Exception {
    Node server = node(1, max(3, 1));
    Node own = node(2);
    Node first = node(3);
    Node second = node(4);
    server.lease(own).close();

    first.send(server);
    server.endStreams();
    second.send(server);
    assertEquals(Set.of(own.peer(), second.peer()), server.pool.connectedPeers());
    Lease refused = first.lease(server);
    server.settle(first);

    assertFalse(refused.connection().isOpen(), "the one there is is in use");
    assertTrue(server.pool.connectedPeers().contains(own.peer()));
    assertEquals(1, server.stats().evictions());
    assertEquals(1, server.stats().refused());
    refused.close();
  }

  @Test
  void aStrangerFindsNoRoomInAPoolThatIsFullOfOnesOwn() throws Exception {
    Node server = node(1, max(1, 1));
    Node own = node(2);
    Node stranger = node(3);
    server.lease(own).close();

    Lease refused = stranger.lease(server);
    server.settle(stranger);

    assertFalse(refused.connection().isOpen());
    assertEquals(Set.of(own.peer()), server.pool.connectedPeers());
    refused.close();
  }

  @Test
  void onesOwnDialsEvictStrangersThatAreIdle() throws Exception {
    Node server = node(1, max(1, 1));
    Node stranger = node(2);
    Node own = node(3);
    stranger.lease(server).close();
    server.settle(stranger);
    assertEquals(1, server.stats().inbound());

    server.lease(own).close();

    assertEquals(Set.of(own.peer()), server.pool.connectedPeers());
    assertEquals(0, server.stats().inbound());
  }

  @Test
  void oneThatDialsAgainHasLostItsFirstConnection() throws Exception {
    Node server = node(1);
    Node client = node(2);
    client.send(server);
    client.pool.invalidate(server.peer()); // its stream keeps the first open
    client.send(server);

    assertEquals(1, server.stats().open());
    assertEquals(1, server.stats().draining());
    assertEquals(2, server.streams.size(), "both are served");
    assertEquals(2, server.stats().inbound());
  }

  @Test
  void anInboundConnectionClearsTheBackoff() throws Exception {
    TestIdentity later = identity("later");
    Peer unborn = Peer.pinned(later.fingerprint(), Scene.text(1));
    Node client = node(2);
    var asked = client.pool.acquireAsync(unborn);
    client.tasks.runAll();
    assertTrue(asked.isCompletedExceptionally(), "nobody listens there yet");
    assertEquals(1, client.stats().backingOff());

    Node server = node(1, builder -> builder.tls(later.pinning()));
    server.lease(client).close();
    client.settle(server);

    assertEquals(0, client.stats().backingOff());
    client.pool.tryAcquire(unborn).orElseThrow().close();
    assertEquals(1, client.stats().dials(), "the one that failed");
  }

  @Test
  void connectionsThatLingerYieldBeforeAnybodyIsRefused() throws Exception {
    Node server = node(1, max(4, 2));
    Node restless = node(2);
    Node other = node(3);
    List<Lease> kept = new ArrayList<>();
    for (int i = 0; i < 3; i++) { // the later ones take the place of the one before, which lingers
      kept.add(restless.lease(server));
      server.settle(restless);
      restless.pool.invalidate(server.peer()); // the lease keeps the connection up
    }
    assertEquals(2, server.stats().inbound());

    other.send(server);

    assertEquals(Set.of(restless.peer(), other.peer()), server.pool.connectedPeers());
    assertTrue(server.stats().inbound() <= 2, () -> server.stats().toString());
    assertEquals(0, server.stats().refused());
    kept.forEach(Lease::close);
  }

  @Test
  void oneThatTakesThePlaceOfItsPeersOwnIsLetInThoughAllInboundAreInUse() throws Exception {
    Node server = node(1, max(4, 1));
    Node client = node(2);
    client.send(server); // its stream stays open at the server
    client.pool.invalidate(server.peer());

    client.send(server);

    assertEquals(1, server.stats().open());
    assertEquals(1, server.stats().draining());
    assertEquals(0, server.stats().refused());
    client.pool.invalidate(server.peer());
    Lease third = client.lease(server);
    server.settle(client);
    assertFalse(third.connection().isOpen(), "but once, while the first drains");
    third.close();
  }

  @Test
  void aPeerThatIsKeptWarmIsDialledWhereTheApplicationSaysThoughItHadDialledUs() throws Exception {
    Node server = node(1);
    Node client = node(2);
    client.lease(server).close();
    server.settle(client);
    server.pool.keepWarm(client.peer());
    assertEquals(0, server.stats().dials(), "it has dialled us");
    server.advance(Duration.ofSeconds(10));

    client.pool.invalidate(server.peer());
    server.settle(client);
    server.settle(client);

    assertEquals(1, server.stats().dials());
    assertEquals(0, server.stats().backingOff());
    assertEquals(Set.of(client.peer()), server.pool.connectedPeers());
  }

  @Test
  void aPeerOfWhichNobodyKnowsWhereItIsIsNotLeftInPeace() throws Exception {
    Node server = node(1);
    Node client = node(2);
    client.lease(server).close();
    server.settle(client);
    Peer known = server.pool.connectedPeers().iterator().next();
    client.pool.invalidate(server.peer());
    server.settle(client);
    var asked = server.pool.acquireAsync(known); // without a hint
    server.tasks.runAll();
    assertTrue(asked.isCompletedExceptionally());

    assertEquals(0, server.stats().backingOff());
    server.lease(client).close();
  }

  @Test
  void badSettingsAreRefusedWithTheRuleAndTheValue() {
    PoolBuilder builder = QuicPool.builder().alpn("test/1");
    assertThrows(InvalidEndpointException.class, () -> builder.listen("nohost"));
    assertThrows(IllegalArgumentException.class, () -> builder.listen("peer.example:1"));
    InvalidEndpointException port =
        assertThrows(InvalidEndpointException.class, () -> builder.listen("127.0.0.1:65536"));
    assertEquals(
        "port must be a decimal number from 0 to 65535, was \"127.0.0.1:65536\"",
        port.getMessage());
    assertThrows(IllegalArgumentException.class, () -> builder.maxInbound(0));
    assertThrows(IllegalArgumentException.class, () -> builder.maxIncomingStreams(0));
    builder.listen("127.0.0.1:1");
    assertTrue(
        assertThrows(IllegalStateException.class, builder::open)
            .getMessage()
            .contains("must have a handler"));
    builder.onStream((stream, from) -> {}).maxConnections(2).maxInbound(3);
    assertTrue(
        assertThrows(IllegalStateException.class, builder::open)
            .getMessage()
            .contains("which is 2, was 3"));
  }

  @Test
  void demandingCertificatesWhereTheStackCannotAskFailsAtOpening() {
    PoolOpenException refused =
        assertThrows(
            PoolOpenException.class,
            () ->
                node(
                    1,
                    builder ->
                        builder
                            .demandCertificates(true)
                            .transport(
                                network.transport().without(Capability.CLIENT_CERTIFICATES))));
    assertEquals(PoolOpenException.Kind.UNSUPPORTED, refused.kind());
  }
}

package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PutResult;
import io.quicpool.PutResult.Status;
import io.quicpool.QuicPool;
import io.quicpool.RemovalCause;
import io.quicpool.spi.QuicConnection;
import io.quicpool.testkit.EchoPeer;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Connections that were made outside the pool and are handed to it. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(60)
class PutIT {
  private static final Peer ALICE = Peer.named("alice");

  @Parameter private String transport;
  private EchoPeer echo;

  @BeforeEach
  void openPeer() throws IOException {
    echo = Talk.echo(transport);
  }

  @AfterEach
  void closePeer() {
    echo.close();
  }

  private static void assertStatus(Status expected, PutResult result) {
    assertEquals(expected, result.status(), result::toString);
    assertFalse(result.explanation().isBlank());
  }

  @Test
  void aConnectionThatWasPutIsUsedAndClosedByThePool() throws Exception {
    QuicConnection connection;
    try (QuicPool pool = Talk.pool(transport).open()) {
      connection = pool.connect(echo.endpoint());
      assertEquals(Set.of(), pool.connectedPeers(), "not pooled yet");
      assertEquals(0, pool.stats().opened());

      assertStatus(Status.ADOPTED, pool.put(ALICE, connection));
      assertStatus(Status.ALREADY_POOLED, pool.put(ALICE, connection));
      Talk.message(pool, ALICE, "hello");
      try (Lease lease = pool.tryAcquire(ALICE).orElseThrow()) {
        assertEquals(Origin.ADOPTED, lease.connection().origin());
      }
      assertEquals(0, pool.stats().dials());
      assertEquals(1, pool.stats().opened());
      assertTrue(connection.isOpen());
    }
    assertEquals(
        CloseReason.local(RemovalCause.POOL_CLOSED.code(), RemovalCause.POOL_CLOSED.text()),
        Await.result(connection.closed(), "the pool closes what it was given"));
  }

  @Test
  void aPutConnectionHasToProveThePeerUnlessTheCallerVouches() throws Exception {
    try (QuicPool pool = Talk.pool(transport).open()) {
      QuicConnection connection = pool.connect(echo.endpoint());

      assertStatus(Status.REFUSED_IDENTITY, pool.put(Peer.of("other.example:4433"), connection));
      assertStatus(
          Status.REFUSED_IDENTITY,
          pool.put(Peer.pinned(Talk.CA.localhost().fingerprint()), connection));
      assertTrue(connection.isOpen(), "it is still the caller's");
      assertStatus(Status.ADOPTED, pool.put(Peer.pinned(Talk.LOCALHOST.fingerprint()), connection));
      assertStatus(Status.REFUSED_IDENTITY, pool.put(ALICE, connection));
      Talk.message(pool, echo.pinned(), "hello");
      assertEquals(0, pool.stats().dials());
    }
  }

  @Test
  void aServicesConnectionMayBePutUnderIts() throws Exception {
    try (QuicPool pool = Talk.pool(transport).open()) {
      assertStatus(Status.ADOPTED, pool.put(echo.peer(), pool.connect(echo.endpoint())));
      Talk.message(pool, echo.peer(), "hello");

      assertEquals(0, pool.stats().dials());
      assertEquals(1, echo.connections());
    }
  }

  @Test
  void aNewerConnectionTakesThePlaceOfAnOlderOneWhichDrains() throws Exception {
    try (QuicPool pool = Talk.pool(transport).open()) {
      QuicConnection older = pool.connect(echo.endpoint());
      assertStatus(Status.ADOPTED, pool.put(ALICE, older));
      Lease lease = pool.acquire(ALICE);
      QuicConnection newer = pool.connect(echo.endpoint());
      assertStatus(Status.REPLACED, pool.put(ALICE, newer));

      Talk.message(lease, "the older one finishes");
      assertTrue(older.isOpen());
      Talk.message(pool, ALICE, "the newer one is used");
      lease.close();
      assertEquals(
          CloseReason.local(RemovalCause.REPLACED.code(), RemovalCause.REPLACED.text()),
          Await.result(older.closed(), "the older one is closed"));
      assertTrue(newer.isOpen());
      assertEquals(1, pool.stats().open());
    }
  }

  @Test
  void whatThePoolCannotTakeStaysTheCallers() throws Exception {
    QuicPool pool = Talk.pool(transport).maxConnections(1).open();
    try (Lease busy = pool.acquire(echo.peer())) {
      QuicConnection connection = pool.connect(echo.endpoint());
      assertStatus(Status.REFUSED_FULL, pool.put(ALICE, connection));
      assertTrue(connection.isOpen());
      connection.close(9, "mine");

      assertEquals(
          CloseReason.local(9, "mine"), Await.result(connection.closed(), "the caller closes"));
      assertStatus(Status.REFUSED_CLOSED, pool.put(ALICE, connection));
      Talk.message(busy, "nothing happened to the pool");
    }
    QuicConnection late = pool.connect(echo.endpoint());
    pool.close();
    assertStatus(Status.REFUSED_POOL_CLOSED, pool.put(ALICE, late));
  }

  @Test
  void aConnectionOfAnotherPoolMayBePut() throws Exception {
    try (QuicPool elsewhere = Talk.pool(transport).open();
        QuicPool pool = Talk.pool(transport).open()) {
      assertStatus(Status.ADOPTED, pool.put(ALICE, elsewhere.connect(echo.endpoint())));

      Talk.message(pool, ALICE, "hello");
    }
  }

  @Test
  void anObjectThatIsNoConnectionIsNotAdopted() throws Exception {
    try (QuicPool pool = Talk.pool(transport).open()) {
      IllegalArgumentException refusal =
          assertThrows(IllegalArgumentException.class, () -> pool.adopt("a text"));

      assertFalse(refusal.getMessage().isBlank());
    }
  }

  @Test
  void aNativeConnectionIsAdoptedWhereTheStackSaysSo() throws Exception {
    try (QuicPool pool = Talk.pool(transport).open()) {
      assumeTrue(
          pool.capabilities().contains(Capability.ADOPT),
          () -> "the " + transport + " stack does not say that it adopts");
      try (NativeDial dial = new NativeDial(echo.address())) { // whose stack is the one that adopts
        QuicConnection connection = pool.adopt(dial.connection());
        assertStatus(Status.ADOPTED, pool.put(ALICE, connection));
        assertStatus(Status.ALREADY_POOLED, pool.put(ALICE, connection));
        Talk.message(pool, ALICE, "hello");
        try (Lease lease = pool.acquire(ALICE)) {
          assertEquals(Talk.PROTOCOL, lease.connection().alpn());
          assertEquals(Talk.LOCALHOST.certificate(), lease.connection().peerCertificates().get(0));
        }
        assertThrows(
            IllegalArgumentException.class, () -> pool.adopt(dial.connection()), "only once");
        pool.invalidate(ALICE);
        assertEquals(
            CloseReason.local(RemovalCause.INVALIDATED.code(), RemovalCause.INVALIDATED.text()),
            Await.result(connection.closed(), "the pool closes what it adopted"));
      }
    }
  }
}

package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.TestIdentity;
import io.quicpool.testkit.TestKey;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Opening endpoints, and dials that come through, fail, hang and are given up. */
public abstract sealed class DialContract extends TransportFixture permits IdentityContract {
  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration SLACK = Duration.ofSeconds(1); // for a busy machine

  DialContract() {}

  @Test
  public void aTransportHasALowerCaseNameAndAVersion() {
    for (QuicTransport transport : List.of(dialling(), listening())) {
      assertFalse(transport.name().isBlank());
      assertEquals(transport.name().toLowerCase(Locale.ROOT), transport.name());
      assertFalse(transport.version().isBlank());
    }
  }

  @Test
  public void aDialGivesAnOpenConnectionThatSpeaksTheProtocolOfBoth() throws Exception {
    Listener listener = listen(SERVER);
    assertTrue(listener.address().getPort() > 0);
    Pair pair = connect(dialler(), listener);
    assertTrue(pair.dialler().isOpen());
    assertTrue(pair.listener().isOpen());
    assertEquals(ALPN, pair.dialler().alpn());
    assertEquals(ALPN, pair.listener().alpn());
    assertEquals(listener.address(), pair.dialler().remoteAddress());
    assertTrue(pair.listener().remoteAddress().getAddress().isLoopbackAddress());
    assertFalse(pair.dialler().closed().toCompletableFuture().isDone());
  }

  @Test
  public void manyDialsAtOnceGiveAConnectionEach() throws Exception {
    Listener listener = listen(SERVER);
    QuicEndpoint dialler = dialler();
    List<CompletableFuture<QuicConnection>> dials = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      dials.add(dial(dialler, listener.address()));
    }
    for (CompletableFuture<QuicConnection> dial : dials) {
      assertTrue(get(dial).isOpen());
    }
    Set<InetSocketAddress> seen = new HashSet<>();
    for (int i = 0; i < dials.size(); i++) {
      QuicConnection accepted = take(listener.accepted());
      assertTrue(accepted.isOpen());
      seen.add(accepted.remoteAddress());
    }
    if (dialler.capabilities().contains(Capability.SHARED_SOCKET)) {
      assertEquals(1, seen.size(), () -> "sockets that were dialled from: " + seen);
    }
  }

  @Test
  public void aDialWithAnotherProtocolIsRefusedAsSuch() throws Exception {
    Listener listener = listen(SERVER);
    EndpointConfig other =
        EndpointConfig.builder("other/1", CA.material()).handlerExecutor(executor()).build();
    QuicEndpoint dialler = closing(dialling().open(other));
    ConnectFailedException refused =
        failure(ConnectFailedException.class, dial(dialler, listener.address()));
    assertEquals(Phase.ALPN, refused.phase(), refused::getMessage);
  }

  @Test
  public void aDialIntoABlackHoleFailsAtItsTimeout() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(anyPort())) {
      failsInTime((InetSocketAddress) silent.getLocalSocketAddress());
    }
  }

  @Test
  public void aDialToAClosedPortFailsAtItsTimeoutAtTheLatest() throws Exception {
    InetSocketAddress address;
    try (DatagramSocket socket = new DatagramSocket(anyPort())) {
      address = (InetSocketAddress) socket.getLocalSocketAddress();
    }
    failsInTime(address);
  }

  private void failsInTime(InetSocketAddress address) throws Exception {
    QuicEndpoint dialler = dialler();
    DialRequest request =
        new DialRequest(address, "localhost", PeerVerifier.ofAnyone(), DIAL_TIMEOUT);
    for (int i = 0; i < 2; i++) { // the first one also loads classes
      long start = System.nanoTime();
      CompletableFuture<QuicConnection> dial = dialler.connect(request);
      Duration called = Duration.ofNanos(System.nanoTime() - start);
      ConnectFailedException failed = failure(ConnectFailedException.class, dial);
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertEquals(Phase.HANDSHAKE, failed.phase(), failed::getMessage);
      assertTrue(called.compareTo(DIAL_TIMEOUT) < 0, () -> "connect blocked for " + called);
      assertTrue(
          took.compareTo(DIAL_TIMEOUT.plus(SLACK)) < 0,
          () -> "a dial with a timeout of " + DIAL_TIMEOUT + " took " + took);
    }
  }

  @Test
  public void aCancelledDialIsAbandonedAndFreesWhatItHeld() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(anyPort())) {
      InetSocketAddress address = (InetSocketAddress) silent.getLocalSocketAddress();
      QuicEndpoint dialler = dialler();
      cancelOne(dialler, address); // what is opened once, and stays
      Resources before = Resources.now(dialling());
      for (int i = 0; i < 5; i++) {
        cancelOne(dialler, address);
      }
      eventually(
          () -> "5 cancelled dials hold " + Resources.now(dialling()) + " instead of " + before,
          () -> Resources.now(dialling()).isAtMost(before));
    }
  }

  private void cancelOne(QuicEndpoint dialler, InetSocketAddress address) {
    CompletableFuture<QuicConnection> dial =
        dialler.connect(
            new DialRequest(address, "localhost", PeerVerifier.ofAnyone(), Duration.ofMinutes(10)));
    dial.cancel(true);
    assertTrue(dial.isDone());
  }

  @Test
  public void aConnectionOutOfACancelledDialIsClosedByTheTransport() throws Exception {
    Listener listener = listen(SERVER);
    QuicEndpoint dialler = dialler();
    for (int i = 0; i < 10; i++) {
      CompletableFuture<QuicConnection> dial = dial(dialler, listener.address());
      if (!dial.cancel(true)) {
        get(dial).close(0, "");
      }
    }
    QuicConnection last = get(dial(dialler, listener.address()));
    eventually(
        () -> "a dial has completed, and the listener has accepted nothing that is open",
        () -> listener.accepted().stream().anyMatch(QuicConnection::isOpen));
    last.close(99, "last");
    eventually(
        () -> "a connection that nobody got is open at the listener, " + listener.accepted(),
        () ->
            listener.accepted().stream().noneMatch(QuicConnection::isOpen)
                && listener.accepted().stream().anyMatch(DialContract::isLast));
  }

  private static boolean isLast(QuicConnection connection) {
    CompletableFuture<CloseReason> closed = connection.closed().toCompletableFuture();
    return closed.isDone() && closed.join().code() == 99;
  }

  @Test
  public void aClosedEndpointDialsNoMore() throws Exception {
    Listener listener = listen(SERVER);
    QuicEndpoint dialler = dialler();
    dialler.close();
    dialler.close();
    failure(PoolClosedException.class, dial(dialler, listener.address()));
  }

  @Test
  public void closingAnEndpointFailsItsRunningDials() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(anyPort())) {
      QuicEndpoint dialler = dialler();
      CompletableFuture<QuicConnection> dial =
          dialler.connect(
              new DialRequest(
                  (InetSocketAddress) silent.getLocalSocketAddress(),
                  "localhost",
                  PeerVerifier.ofAnyone(),
                  Duration.ofMinutes(10)));
      dialler.close();
      PoolException failed = failure(PoolException.class, dial);
      assertTrue(
          failed instanceof PoolClosedException || failed instanceof ConnectFailedException,
          failed::toString);
    }
  }

  @Test
  public void anAddressInUseIsRefusedAsSuch() throws Exception {
    Listener listener = listen(SERVER);
    EndpointConfig same =
        config(SERVER.material())
            .listen(listener.address(), ClientAuth.NONE, PeerVerifier.ofAnyone(), connection -> {})
            .build();
    PoolOpenException refused =
        assertThrows(PoolOpenException.class, () -> closing(listening().open(same)));
    assertEquals(PoolOpenException.Kind.ENDPOINT, refused.kind());
    assertTrue(get(dial(dialler(), listener.address())).isOpen());
  }

  @Test
  public void aKeyOfAKindThatIsNotTakenIsRefusedAsSuch() {
    TestIdentity ed25519 = CA.leaf().key(TestKey.ED25519).issue();
    EndpointConfig listening =
        config(ed25519.material())
            .listen(anyPort(), ClientAuth.NONE, PeerVerifier.ofAnyone(), connection -> {})
            .build();
    PoolOpenException refused =
        assertThrows(PoolOpenException.class, () -> closing(listening().open(listening)));
    assertEquals(PoolOpenException.Kind.TLS, refused.kind());
    EndpointConfig dialling = config(CA.material(ed25519)).build();
    refused = assertThrows(PoolOpenException.class, () -> closing(dialling().open(dialling)));
    assertEquals(PoolOpenException.Kind.TLS, refused.kind());
  }

  @Test
  public void everyKindOfKeyThatIsTakenWorks() throws Exception {
    for (TestKey key : List.of(TestKey.EC_P256, TestKey.EC_P384, TestKey.RSA_2048)) {
      Listener listener = listen(CA.leaf().key(key).issue());
      assertTrue(get(dial(dialler(), listener.address())).isOpen(), key::toString);
    }
  }

  @Test
  public void whatIsNoConnectionOfTheStackIsNotAdopted() throws Exception {
    QuicEndpoint dialler = dialler();
    assertInstanceOf(
        IllegalArgumentException.class,
        assertThrows(RuntimeException.class, () -> dialler.adopt("no connection")));
  }
}

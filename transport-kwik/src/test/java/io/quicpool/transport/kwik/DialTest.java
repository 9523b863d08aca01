package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.PoolClosedException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.testkit.TestCertificates;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DialTest {

  private static ConnectFailedException failure(CompletableFuture<QuicConnection> dial) {
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> dial.get(6, TimeUnit.SECONDS));
    return assertInstanceOf(ConnectFailedException.class, e.getCause());
  }

  @Test
  void theChainOfTheDialIsTheConnections() throws Exception {
    try (Pair pair = new Pair()) {
      assertEquals(1, pair.dial().peerCertificates().stream().limit(1).count());
      assertTrue(pair.accept().peerCertificates().isEmpty()); // K6
    }
  }

  @Test
  void addressesAreProvenByTheirOwnNames() throws Exception {
    try (Pair pair = new Pair()) {
      assertTrue(pair.dialler.connect(pair.request("127.0.0.1")).get().isOpen());
    }
  }

  @Test
  void anotherHostIsRefusedAtOnceWithTheCause() throws Exception {
    try (Pair pair = new Pair()) {
      long start = System.nanoTime();
      ConnectFailedException e = failure(pair.dialler.connect(pair.request("other.example")));
      assertEquals(Phase.IDENTITY, e.phase());
      assertInstanceOf(CertificateException.class, e.getCause());
      assertTrue(System.nanoTime() - start < 2_000_000_000L);
    }
  }

  @Test
  void anotherAuthorityIsRefused() throws Exception {
    try (Pair pair = new Pair()) {
      var others = TestCertificates.create().trusting().load().trust().orElseThrow();
      DialRequest request =
          new DialRequest(
              pair.listener.localAddress(),
              "localhost",
              PeerVerifier.ofHost("localhost", others),
              Duration.ofSeconds(5));
      assertEquals(Phase.IDENTITY, failure(pair.dialler.connect(request)).phase());
    }
  }

  @Test
  void anotherProtocolIsRefusedAtOnce() throws Exception {
    try (Pair pair = new Pair();
        QuicEndpoint other = pair.dialler("other/1")) {
      assertEquals(Phase.ALPN, failure(other.connect(pair.request("localhost"))).phase());
    }
  }

  @Test
  void silenceEndsAtTheDeadline() throws Exception {
    try (Pair pair = new Pair();
        DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      long start = System.nanoTime();
      DialRequest request =
          new DialRequest(
              (InetSocketAddress) silent.getLocalSocketAddress(),
              "localhost",
              PeerVerifier.ofAnyone(),
              Duration.ofMillis(500));
      assertEquals(Phase.HANDSHAKE, failure(pair.dialler.connect(request)).phase());
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertTrue(millis >= 490 && millis < 700, millis + " ms");
    }
  }

  @Test
  void aCancelledDialLeavesNothing() throws Exception {
    Set<Thread> before = kwikThreads();
    try (Pair pair = new Pair();
        DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      Set<Thread> idle = kwikThreads();
      DialRequest request =
          new DialRequest(
              (InetSocketAddress) silent.getLocalSocketAddress(),
              "localhost",
              PeerVerifier.ofAnyone(),
              Duration.ofSeconds(20));
      for (int i = 0; i < 5; i++) {
        CompletableFuture<QuicConnection> dial = pair.dialler.connect(request);
        silent.receive(new java.net.DatagramPacket(new byte[2000], 2000)); // it is under way
        dial.cancel(true);
      }
      awaitThreads(idle);
    }
    awaitThreads(before);
  }

  @Test
  void connectionsOfAClosedEndpointLeaveNothing() throws Exception {
    Set<Thread> before = kwikThreads();
    try (Pair pair = new Pair()) {
      for (int i = 0; i < 5; i++) {
        pair.dial();
      }
    }
    awaitThreads(before);
  }

  @Test
  void aClosedEndpointDoesNotDial() throws Exception {
    try (Pair pair = new Pair()) {
      pair.dialler.close();
      ExecutionException e =
          assertThrows(
              ExecutionException.class,
              () -> pair.dialler.connect(pair.request("localhost")).get());
      assertInstanceOf(PoolClosedException.class, e.getCause());
    }
  }

  private static Set<Thread> kwikThreads() {
    List<String> ours =
        List.of(
            "receiver",
            "sender",
            "idle-timer",
            "loss-detection",
            "callbacks",
            "scheduler",
            "server");
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> ours.stream().anyMatch(thread.getName()::startsWith))
        .collect(Collectors.toSet());
  }

  /** Kwik frees its threads some round trips after the end. */
  private static void awaitThreads(Set<Thread> expected) throws InterruptedException {
    for (Thread thread : kwikThreads()) {
      if (!expected.contains(thread)) {
        thread.join(10_000);
        assertTrue(!thread.isAlive(), thread.getName());
      }
    }
  }
}

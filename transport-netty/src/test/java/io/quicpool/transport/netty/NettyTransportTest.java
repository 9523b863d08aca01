package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.ConnectionLostException;
import io.quicpool.QuicStream;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.TestIdentity;
import java.io.File;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@ExtendWith(LeakCheck.class)
class NettyTransportTest {

  @Test
  void tenMegabytesComeBackByteForByte() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      QuicConnection connection = pair.dial();
      byte[] data = new byte[10_000_000];
      new Random(1).nextBytes(data);
      try (QuicStream stream = Pair.open(connection)) {
        CompletableFuture<Void> writing =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    stream.output().write(data);
                    stream.output().close();
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                },
                pair.executor);
        assertArrayEquals(data, Pair.readAll(stream));
        writing.get(10, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void requestAndReplyAlternateOnOneOpenStream() throws Exception {
    try (Pair pair =
        new Pair(
            stream -> {
              byte[] buffer = new byte[16];
              int count;
              while ((count = stream.input().read(buffer)) >= 0) {
                stream.output().write(buffer, 0, count);
              }
              stream.output().close();
            })) {
      QuicStream stream = Pair.open(pair.dial());
      for (int i = 0; i < 200; i++) {
        stream.output().write(i);
        assertEquals(i & 0xff, stream.input().read());
      }
      stream.output().close();
      assertEquals(-1, stream.input().read());
      stream.ended().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void dialFailsWithinTheHandshakeIfTheHostIsAnother() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      Throwable cause =
          failureOf(
              pair.client.connect(
                  pair.request(
                      PeerVerifier.ofHost("other.example", Pair.CERTIFICATES.trustManager()))));
      ConnectFailedException failure = assertInstanceOf(ConnectFailedException.class, cause);
      assertEquals(Phase.IDENTITY, failure.phase());
      assertInstanceOf(CertificateException.class, failure.getCause());
      assertTrue(failure.getMessage().contains("other.example"), failure.getMessage());
      assertEquals(null, pair.accepted.poll(200, TimeUnit.MILLISECONDS));
    }
  }

  @Test
  void concurrentDialsAreVerifiedEachByTheirOwnVerifier() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      PeerVerifier right = PeerVerifier.ofHost("localhost", Pair.CERTIFICATES.trustManager());
      PeerVerifier wrong = PeerVerifier.ofHost("wrong.example", Pair.CERTIFICATES.trustManager());
      List<CompletableFuture<QuicConnection>> dials = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        dials.add(pair.client.connect(pair.request(i % 2 == 0 ? right : wrong)));
      }
      for (int i = 0; i < 40; i++) {
        if (i % 2 == 0) {
          assertTrue(dials.get(i).get(10, TimeUnit.SECONDS).isOpen());
        } else {
          assertInstanceOf(ConnectFailedException.class, failureOf(dials.get(i)));
        }
      }
    }
  }

  /** More than three times the dialler's first datagram: the rest waits for its answer (N19). */
  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void aChainOfManyDatagramsArrivesInSpiteOfPercentLost(int percent) throws Exception {
    String[] names = new String[400];
    Arrays.setAll(names, i -> i == 0 ? "localhost" : "another-name-" + i + ".example");
    TestIdentity identity = Pair.CERTIFICATES.leaf().dns(names).issue();
    assertTrue(identity.certificate().getEncoded().length > 8_000);
    try (Pair pair = new Pair(Pair::echo);
        FaultLink link = FaultLink.open(pair.server.localAddress(), 1).rtt(Duration.ofMillis(20))) {
      pair.server.reloadTls(Pair.CERTIFICATES.material(identity));
      link.toDialler().loss(percent / 100.0);
      PeerVerifier verifier = PeerVerifier.ofHost("localhost", Pair.CERTIFICATES.trustManager());
      for (int i = 0; i < 5; i++) {
        DialRequest request =
            new DialRequest(link.address(), "localhost", verifier, Duration.ofSeconds(10));
        assertTrue(pair.client.connect(request).get(10, TimeUnit.SECONDS).isOpen());
      }
    }
  }

  /** What a stalled connection looks like from here (N20): all the room of the peer is used up. */
  @Test
  void aConnectionOfWhichNoStreamCanBeWrittenFailsItsProbe() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (Pair pair =
        new Pair(
            stream -> {
              read.await();
              Pair.echo(stream);
            },
            server -> server.connectionWindowBytes(100_000),
            client -> client)) {
      QuicConnection connection = pair.dial();
      assertTrue(connection.probe(Duration.ofSeconds(5)).get(), "before");
      List<QuicStream> streams = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        QuicStream stream = Pair.open(connection);
        stream.output().write(new byte[250_000]); // which waits here, for the most part
        streams.add(stream);
      }
      do { // the reset of one that had got some room gives that to the others
        QuicStream another = Pair.open(connection);
        another.timeout(Duration.ofMillis(300));
        assertThrows(
            StreamTimeoutException.class, () -> another.output().write(new byte[1_000_000]));
      } while (connection.probe(Duration.ofSeconds(5)).get());

      read.countDown();
      for (QuicStream stream : streams) {
        stream.output().close();
        assertEquals(250_000, Pair.readAll(stream).length);
      }
      try (QuicStream next = Pair.open(connection)) {
        next.output().write(new byte[10]);
        next.output().close();
        assertEquals(10, Pair.readAll(next).length);
      }
      assertTrue(connection.probe(Duration.ofSeconds(5)).get(), "after");
    }
  }

  @Test
  void aPeerThatDoesNotReadOneStreamDoesNotFailTheConnectionsProbe() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (Pair pair =
        new Pair(
            stream -> never.await(),
            server -> server.streamWindowBytes(100_000),
            client -> client)) {
      QuicConnection connection = pair.dial();
      QuicStream stream = Pair.open(connection);
      stream.timeout(Duration.ofMillis(300));
      assertThrows(StreamTimeoutException.class, () -> stream.output().write(new byte[1_000_000]));
      assertTrue(connection.probe(Duration.ofSeconds(5)).get());
    }
  }

  /** Else a reply would leave before it is known to be all, and its FIN alone (N1). */
  @Test
  void whoeverReadsARequestOfOnePacketSeesItsEndToo() throws Exception {
    Queue<Integer> then = new ConcurrentLinkedQueue<>();
    try (Pair pair =
        new Pair(
            stream -> {
              int request = stream.input().read();
              then.add(((NettyStream) stream).receivable());
              stream.output().write(request);
              stream.output().close();
            })) {
      QuicConnection connection = pair.dial();
      for (int i = 0; i < 500; i++) {
        try (QuicStream stream = Pair.open(connection)) {
          stream.output().write(i);
          stream.output().close();
          assertEquals(i & 255, stream.input().read());
        }
      }
    }
    assertEquals(Collections.nCopies(500, -1), List.copyOf(then));
  }

  /** Nobody here would read them. */
  @Test
  void neitherSideMayOpenUnidirectionalStreams() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      QuicConnection connection = pair.dial();
      QuicConnection accepted = pair.accepted.poll(15, TimeUnit.SECONDS);
      try (QuicStream stream = Pair.open(connection)) { // after which all limits are known
        stream.output().close();
        assertEquals(-1, stream.input().read());
      }
      for (QuicConnection side : List.of(connection, accepted)) {
        QuicChannel channel = side.unwrap(QuicChannel.class).orElseThrow();
        assertEquals(0, channel.peerAllowedStreams(QuicStreamType.UNIDIRECTIONAL));
        Future<QuicStreamChannel> opening =
            channel.createStream(QuicStreamType.UNIDIRECTIONAL, new ChannelInboundHandlerAdapter());
        assertTrue(opening.await(15, TimeUnit.SECONDS));
        assertFalse(opening.isSuccess());
        assertEquals(0, channel.peerAllowedStreams(QuicStreamType.UNIDIRECTIONAL));
        assertTrue(channel.isActive());
      }
    }
  }

  @Test
  void otherApplicationProtocolIsTold() throws Exception {
    try (Pair pair = new Pair(Pair::echo);
        QuicEndpoint other =
            new NettyTransport()
                .open(EndpointConfig.builder("other/1", Pair.CERTIFICATES.material()).build())) {
      ConnectFailedException failure =
          assertInstanceOf(
              ConnectFailedException.class,
              failureOf(other.connect(pair.request(PeerVerifier.ofAnyone()))));
      assertEquals(Phase.ALPN, failure.phase());
    }
  }

  @Test
  void dialEndsAtItsDeadline() throws Exception {
    try (Pair pair = new Pair(Pair::echo);
        DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      DialRequest request =
          new DialRequest(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort()),
              "localhost",
              PeerVerifier.ofAnyone(),
              Duration.ofMillis(500));
      long start = System.nanoTime();
      ConnectFailedException failure =
          assertInstanceOf(ConnectFailedException.class, failureOf(pair.client.connect(request)));
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      assertEquals(Phase.HANDSHAKE, failure.phase());
      assertTrue(millis >= 480 && millis < 1500, millis + " ms");
    }
  }

  @Test
  void closeCodeAndTextReachThePeer() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      QuicConnection connection = pair.dial();
      QuicConnection inbound = pair.accepted.poll(5, TimeUnit.SECONDS);
      connection.close(42, "bye");
      assertEquals(
          new CloseReason(CloseReason.Kind.PEER_APPLICATION, 42, "bye"),
          inbound.closed().toCompletableFuture().get(5, TimeUnit.SECONDS));
      assertEquals(
          CloseReason.local(42, "bye"),
          connection.closed().toCompletableFuture().get(5, TimeUnit.SECONDS));
      assertFalse(connection.isOpen());
      assertInstanceOf(ConnectionLostException.class, failureOf(connection.openStream()));
    }
  }

  @Test
  void closeRightAfterTheDialReachesThePeerWithItsCode() throws Exception {
    try (Pair pair = new Pair(Pair::echo);
        FaultLink link =
            FaultLink.open(pair.server.localAddress(), 1).rtt(Duration.ofMillis(100))) {
      DialRequest request =
          new DialRequest(
              link.address(), "localhost", PeerVerifier.ofAnyone(), Duration.ofSeconds(5));
      for (int i = 0; i < 3; i++) {
        pair.client.connect(request).get(5, TimeUnit.SECONDS).close(7 + i, "at once");
        QuicConnection inbound = pair.accepted.poll(5, TimeUnit.SECONDS);
        assertEquals(
            new CloseReason(CloseReason.Kind.PEER_APPLICATION, 7 + i, "at once"),
            inbound.closed().toCompletableFuture().get(5, TimeUnit.SECONDS));
      }
    }
  }

  @Test
  void endpointCloseTellsThePeerAndFreesThreadsAndSockets() throws Exception {
    try (Pair warm = new Pair(Pair::echo)) {
      warm.dial();
    }
    int descriptors = descriptors();
    Pair pair = new Pair(Pair::echo);
    pair.dial();
    QuicConnection inbound = pair.accepted.poll(5, TimeUnit.SECONDS);
    pair.client.close();
    assertEquals(
        new CloseReason(CloseReason.Kind.PEER_APPLICATION, 0, ""),
        inbound.closed().toCompletableFuture().get(2, TimeUnit.SECONDS));
    pair.close();
    assertEquals(
        0,
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("quicpool-netty"))
            .count());
    assertTrue(descriptors() <= descriptors, descriptors() + " > " + descriptors);
  }

  private static int descriptors() {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }

  @Test
  void streamsOpenInOrderAsCreditComesBack() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Pair pair =
        new Pair(
            stream -> {
              go.await();
              Pair.echo(stream);
            },
            settings -> settings.maxIncomingStreams(2),
            settings -> settings)) {
      QuicConnection connection = pair.dial();
      List<CompletableFuture<QuicStream>> futures = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        futures.add(connection.openStream());
      }
      futures.get(0).get(5, TimeUnit.SECONDS);
      futures.get(1).get(5, TimeUnit.SECONDS);
      assertFalse(futures.get(2).isDone());
      assertEquals(0, connection.availableStreams().getAsLong());
      assertTrue(futures.get(5).cancel(true));
      go.countDown();
      long lastId = -1;
      for (int i = 0; i < 20; i++) {
        if (i != 5) {
          QuicStream stream = futures.get(i).get(10, TimeUnit.SECONDS);
          assertTrue(stream.id() > lastId);
          lastId = stream.id();
          stream.output().write(i);
          stream.output().close();
          assertArrayEquals(new byte[] {(byte) i}, Pair.readAll(stream));
        }
      }
    }
  }

  @Test
  void resetAndStopSendingCarryTheirMeaning() throws Exception {
    CompletableFuture<Throwable> readFailure = new CompletableFuture<>();
    CompletableFuture<Throwable> writeFailure = new CompletableFuture<>();
    try (Pair pair =
        new Pair(
            stream -> {
              readFailure.complete(assertThrows(Exception.class, () -> Pair.readAll(stream)));
              byte[] chunk = new byte[100_000];
              writeFailure.complete(
                  assertThrows(
                      Exception.class,
                      () -> {
                        for (; ; ) {
                          stream.output().write(chunk);
                        }
                      }));
            })) {
      QuicStream stream = Pair.open(pair.dial());
      stream.output().write(new byte[10]);
      stream.output().flush();
      stream.reset(77);
      StreamResetException reset =
          assertInstanceOf(StreamResetException.class, readFailure.get(5, TimeUnit.SECONDS));
      assertEquals(77, reset.code().getAsLong());
      stream.input().read();
      stream.stopSending(78);
      assertInstanceOf(StreamResetException.class, writeFailure.get(5, TimeUnit.SECONDS));
    }
  }

  @Test
  void silentReadTimesOutAndLeavesTheConnection() throws Exception {
    try (Pair pair = new Pair(stream -> Thread.sleep(60_000))) {
      QuicConnection connection = pair.dial();
      QuicStream stream = Pair.open(connection).timeout(Duration.ofMillis(200));
      stream.output().write(1);
      assertThrows(StreamTimeoutException.class, () -> stream.input().read());
      assertTrue(connection.isOpen());
    }
  }

  @Test
  void probeSeesTheLivingAndMissesTheClosed() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      QuicConnection connection = pair.dial();
      assertTrue(connection.probe(Duration.ofSeconds(2)).get(5, TimeUnit.SECONDS));
      QuicConnection inbound = pair.accepted.poll(5, TimeUnit.SECONDS);
      assertTrue(inbound.probe(Duration.ofSeconds(2)).get(5, TimeUnit.SECONDS));
      connection.close(0, "");
      assertFalse(connection.probe(Duration.ofMillis(200)).get(5, TimeUnit.SECONDS));
      assertTrue(connection.stats().bytesSent().getAsLong() > 0);
    }
  }

  @Test
  void listenerThatDemandsACertificateNeverAcceptsWhoHasNone() throws Exception {
    TestIdentity identity = Pair.CERTIFICATES.localhost();
    List<QuicConnection> accepted = new ArrayList<>();
    try (QuicEndpoint listener =
            new NettyTransport()
                .open(
                    EndpointConfig.builder(Pair.ALPN, Pair.CERTIFICATES.material(identity))
                        .listen(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                            ClientAuth.REQUIRED,
                            PeerVerifier.ofClient(Pair.CERTIFICATES.trustManager()),
                            accepted::add)
                        .handlerExecutor(Runnable::run)
                        .build());
        QuicEndpoint anonymous =
            new NettyTransport()
                .open(EndpointConfig.builder(Pair.ALPN, Pair.CERTIFICATES.material()).build());
        QuicEndpoint known =
            new NettyTransport()
                .open(
                    EndpointConfig.builder(Pair.ALPN, Pair.CERTIFICATES.material(identity))
                        .build())) {
      DialRequest request =
          new DialRequest(
              listener.localAddress(), "localhost", PeerVerifier.ofAnyone(), Duration.ofSeconds(5));
      // The dial itself succeeds: the client is told only later (N7).
      QuicConnection refused = anonymous.connect(request).get(5, TimeUnit.SECONDS);
      CloseReason reason = refused.closed().toCompletableFuture().get(5, TimeUnit.SECONDS);
      assertEquals(CloseReason.Kind.PEER_TRANSPORT, reason.kind());
      assertEquals(0x100 + 116, reason.code());
      assertTrue(accepted.isEmpty());

      known.connect(request).get(5, TimeUnit.SECONDS);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      while (accepted.isEmpty() && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertEquals(identity.chain(), accepted.get(0).peerCertificates());
    }
  }

  @Test
  void versionNamesTheStack() {
    assertTrue(
        new NettyTransport().version().matches("netty 4\\.\\S+, QUIC codec [04]\\.\\S+"),
        new NettyTransport().version());
  }

  @Test
  void adoptionTakesEachChannelOnce() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      QuicChannel channel = pair.dial().unwrap(QuicChannel.class).orElseThrow();
      assertThrows(IllegalArgumentException.class, () -> pair.client.adopt(channel));
      assertThrows(IllegalArgumentException.class, () -> pair.client.adopt("a text"));
    }
  }

  private static Throwable failureOf(CompletableFuture<?> future) {
    return assertThrows(ExecutionException.class, () -> future.get(15, TimeUnit.SECONDS))
        .getCause();
  }
}

package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import io.quicpool.CloseReason.Kind;
import io.quicpool.ConnectionLostException;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicStream;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ConnectionTest {
  private static final Set<Thread.State> WAITS =
      Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

  private static CloseReason ended(QuicConnection connection) throws Exception {
    return connection.closed().toCompletableFuture().get(5, TimeUnit.SECONDS);
  }

  @Test
  void aThirdStreamWaitsForTheSecondToEnd() throws Exception {
    BlockingQueue<QuicStream> streams = new LinkedBlockingQueue<>();
    try (Pair pair = new Pair(settings -> settings.maxIncomingStreams(2))) {
      QuicConnection connection = pair.dial();
      pair.accept().onStream(streams::add);
      QuicStream first = connection.openStream().get(5, TimeUnit.SECONDS);
      connection.openStream().get(5, TimeUnit.SECONDS);
      CompletableFuture<QuicStream> cancelled = connection.openStream();
      CompletableFuture<QuicStream> third = connection.openStream();
      assertThrows(TimeoutException.class, () -> third.get(200, TimeUnit.MILLISECONDS));
      cancelled.cancel(false); // K3: and the credit that comes is not spent on it
      first.output().close();
      try (QuicStream accepted = streams.poll(5, TimeUnit.SECONDS)) {
        assertEquals(-1, accepted.input().read());
        accepted.output().close();
      }
      assertEquals(-1, first.input().read());
      assertTrue(third.get(5, TimeUnit.SECONDS).id() > first.id());
    }
  }

  @Test
  void whoWaitsForAStreamIsToldThatTheConnectionEnded() throws Exception {
    try (Pair pair = new Pair(settings -> settings.maxIncomingStreams(0))) {
      QuicConnection connection = pair.dial();
      CompletableFuture<QuicStream> stream = connection.openStream();
      pair.accept().close(9, "enough");
      ExecutionException e =
          assertThrows(ExecutionException.class, () -> stream.get(5, TimeUnit.SECONDS));
      ConnectionLostException lost = assertInstanceOf(ConnectionLostException.class, e.getCause());
      assertEquals(new CloseReason(Kind.PEER_APPLICATION, 9, "enough"), lost.reason());
    }
  }

  /** Nobody here would read them. Kwik waits for leave to open one, and would wait for ever. */
  @Test
  void neitherSideMayOpenUnidirectionalStreams() throws Exception {
    try (Pair pair = new Pair()) {
      for (QuicConnection side : List.of(pair.dial(), pair.accept())) {
        var kwik = side.unwrap(tech.kwik.core.QuicConnection.class).orElseThrow();
        FutureTask<?> opening = new FutureTask<>(() -> kwik.createStream(false));
        Thread opener = new Thread(opening);
        opener.setDaemon(true);
        opener.start();
        while (!opening.isDone() && !WAITS.contains(opener.getState())) {
          Thread.sleep(1); // no event tells that a thread waits; a spin would outlive the timeout
        }
        assertFalse(opening.isDone());
        opener.interrupt();
        opener.join(5_000);
        assertFalse(opener.isAlive());
      }
    }
  }

  @Test
  void aReadEndsInTimeAndResetsTheStream() throws Exception {
    try (Pair pair = new Pair()) {
      QuicStream stream = pair.dial().openStream().get(5, TimeUnit.SECONDS);
      stream.timeout(Duration.ofMillis(200));
      long start = System.nanoTime();
      assertThrows(StreamTimeoutException.class, () -> stream.input().read());
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertTrue(millis >= 190 && millis < 600, millis + " ms");
      assertFalse(Thread.interrupted());
    }
  }

  @Test
  void aWriteThatNobodyReadsEndsInTime() throws Exception {
    try (Pair pair = new Pair(settings -> settings.streamWindowBytes(8_000))) {
      QuicStream stream = pair.dial().openStream().get(5, TimeUnit.SECONDS);
      stream.timeout(Duration.ofMillis(300));
      assertThrows(StreamTimeoutException.class, () -> stream.output().write(new byte[500_000]));
      assertFalse(Thread.interrupted());
    }
  }

  @Test
  void aReaderIsToldWhyTheConnectionEnded() throws Exception {
    try (Pair pair = new Pair()) {
      QuicStream stream = pair.dial().openStream().get(5, TimeUnit.SECONDS);
      QuicConnection other = pair.accept();
      CompletableFuture<CloseReason> seen =
          CompletableFuture.supplyAsync(
              () ->
                  assertThrows(ConnectionLostException.class, () -> stream.input().read())
                      .reason());
      assertThrows(TimeoutException.class, () -> seen.get(100, TimeUnit.MILLISECONDS));
      other.close(42, "bye");
      assertEquals(
          new CloseReason(Kind.PEER_APPLICATION, 42, "bye"), seen.get(5, TimeUnit.SECONDS));
    }
  }

  @Test
  void bothSidesKnowByWhomAndWhy() throws Exception {
    try (Pair pair = new Pair()) {
      QuicConnection connection = pair.dial();
      QuicConnection other = pair.accept();
      connection.close(77, "done (really)");
      assertEquals(CloseReason.local(77, "done (really)"), ended(connection));
      assertEquals(new CloseReason(Kind.PEER_APPLICATION, 77, "done (really)"), ended(other));
    }
  }

  @Test
  void aListenerThatClosesSaysGoodbye() throws Exception {
    try (Pair pair = new Pair()) {
      QuicConnection connection = pair.dial();
      pair.accept();
      pair.listener.close();
      assertEquals(Kind.PEER_APPLICATION, ended(connection).kind());
      pair.listener.close();
      new java.net.DatagramSocket(pair.listener.localAddress()).close(); // the port is free
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFinLongAfterTheLastBytesArrives() throws Exception {
    BlockingQueue<QuicStream> streams = new LinkedBlockingQueue<>();
    try (Pair pair = new Pair()) {
      QuicConnection connection = pair.dial();
      pair.accept().onStream(streams::add);
      QuicStream stream = connection.openStream().get(5, TimeUnit.SECONDS);
      stream.output().write(new byte[3_000]);
      stream.output().flush();
      try (QuicStream accepted = streams.poll(5, TimeUnit.SECONDS)) {
        assertArrayEquals(new byte[3_000], accepted.input().readNBytes(3_000));
        stream.output().close();
        assertEquals(-1, accepted.input().read());
      }
    }
  }

  @Test
  void bothSidesCanBeProbed() throws Exception {
    try (Pair pair = new Pair()) {
      QuicConnection connection = pair.dial();
      QuicConnection other = pair.accept();
      assertTrue(connection.probe(Duration.ofSeconds(2)).get(5, TimeUnit.SECONDS));
      assertTrue(other.probe(Duration.ofSeconds(2)).get(5, TimeUnit.SECONDS));
      connection.close(0, "");
      assertFalse(connection.probe(Duration.ofSeconds(2)).get(5, TimeUnit.SECONDS));
    }
  }

  @Test
  void askingDiallersForACertificateIsRefused() throws Exception {
    try (Pair pair = new Pair()) {
      PoolOpenException e =
          assertThrows(
              PoolOpenException.class,
              () ->
                  new KwikTransport()
                      .open(
                          EndpointConfig.builder("a", pair.authority.localhost().material())
                              .listen(
                                  new InetSocketAddress("127.0.0.1", 0),
                                  ClientAuth.REQUIRED,
                                  PeerVerifier.ofAnyone(),
                                  c -> {})
                              .build()));
      assertEquals(PoolOpenException.Kind.UNSUPPORTED, e.kind());
    }
  }
}

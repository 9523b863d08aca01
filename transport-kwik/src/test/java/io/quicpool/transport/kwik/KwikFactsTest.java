package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.QuicStream;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.testkit.FaultLink;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tech.kwik.core.QuicClientConnection;

/**
 * What {@link StreamSender} and {@link WakeUpGuard} rely on and kwik does not promise: to be looked
 * at with every kwik.
 */
@Timeout(20)
class KwikFactsTest {

  @Test
  void aWriteFromBeyondAnEmptyArrayWaitsForRoomAndWritesNothing() throws Exception {
    BlockingQueue<QuicStream> streams = new LinkedBlockingQueue<>();
    try (Pair pair = new Pair(settings -> settings.streamWindowBytes(8_000))) {
      var kwik = pair.dial().unwrap(QuicClientConnection.class).orElseThrow();
      pair.accept().onStream(streams::add);
      OutputStream out = kwik.createStream(true).getOutputStream();
      out.write(new byte[40_000]); // the peer's window takes a part of it
      CompletableFuture<Void> room =
          CompletableFuture.runAsync(
              () ->
                  assertThrows(
                      IndexOutOfBoundsException.class, () -> out.write(new byte[0], 1, 50 * 1024)));
      assertThrows(TimeoutException.class, () -> room.get(300, TimeUnit.MILLISECONDS));
      QuicStream stream = streams.poll(5, TimeUnit.SECONDS);
      CompletableFuture<Integer> read =
          CompletableFuture.supplyAsync(() -> count(stream, 40_000), pair.handlers);
      while (!read.isDone() || !room.isDone()) { // bare kwik stalls now and then without (K1)
        out.write(new byte[0]);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      }
      assertEquals(40_000, read.get());
      room.get();
      out.write(1); // else the last of those would hide the FIN (K13)
      out.close();
      assertEquals(1, stream.input().read());
      assertEquals(-1, stream.input().read());
    }
  }

  /** Whether a stream has been reset is asked in this way (K9). */
  @Test
  void aReadFromBeyondAnEmptyArrayTellsOfAResetAndNeverWaits() throws Exception {
    BlockingQueue<QuicStream> streams = new LinkedBlockingQueue<>();
    try (Pair pair = new Pair(settings -> settings)) {
      var kwik = pair.dial().unwrap(QuicClientConnection.class).orElseThrow();
      pair.accept().onStream(streams::add);
      var bare = kwik.createStream(true);
      bare.getOutputStream().write(1);
      bare.getOutputStream().flush();
      InputStream in = bare.getInputStream();
      assertThrows(IndexOutOfBoundsException.class, () -> in.read(new byte[0], 1, 1));
      QuicStream stream = streams.poll(5, TimeUnit.SECONDS);
      stream.output().write(1);
      stream.output().flush();
      stream.reset(1);
      boolean reset = false;
      for (int i = 0; i < 500 && !reset; i++) {
        try {
          in.read(new byte[0], 1, 1);
        } catch (IndexOutOfBoundsException notYet) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        } catch (IOException over) {
          reset = true;
        }
      }
      assertTrue(reset);
    }
  }

  private static int count(QuicStream stream, int most) {
    try {
      return stream.input().readNBytes(most).length;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anEmptyWriteBeforeTheFinHidesIt() throws Exception {
    BlockingQueue<QuicStream> streams = new LinkedBlockingQueue<>();
    try (Pair pair = new Pair()) {
      var kwik = pair.dial().unwrap(QuicClientConnection.class).orElseThrow();
      pair.accept().onStream(streams::add);
      OutputStream out = kwik.createStream(true).getOutputStream();
      out.write(1);
      QuicStream stream = streams.poll(5, TimeUnit.SECONDS);
      assertEquals(1, stream.input().read());
      out.write(new byte[0]);
      out.close();
      stream.timeout(Duration.ofMillis(500));
      assertThrows(StreamTimeoutException.class, () -> stream.input().read());
    }
  }

  /**
   * K19: with them on, as test runners have it, the fast acknowledgements of loopback are fatal.
   */
  @Test
  void assertionsAreOffWhereTheyDoNotHoldAndOnlyThere() throws Exception {
    try (Pair pair = new Pair()) {
      assertTrue(pair.dial().isOpen());
      ClassLoader loader = QuicClientConnection.class.getClassLoader();
      String detector = "tech.kwik.core.recovery.LossDetector";
      assertFalse(Class.forName(detector, false, loader).desiredAssertionStatus());
      assertEquals(
          KwikFactsTest.class.desiredAssertionStatus(),
          QuicClientConnection.class.desiredAssertionStatus());
    }
  }

  @Test
  void nothingIsPrintedAndTheApplicationsOwnWarningStays() throws Exception {
    var before = System.out;
    var printed = new java.io.ByteArrayOutputStream();
    try (Pair pair = new Pair()) {
      System.setOut(new java.io.PrintStream(printed, true));
      assertTrue(pair.dial().isOpen());
    } finally {
      System.setOut(before);
    }
    assertEquals("", printed.toString());
    assertFalse(System.getProperties().containsKey("tech.kwik.core.no-security-warnings"));
  }

  @Test
  void kwikLogsWhatTheWakeUpGuardListensFor() throws Exception {
    WakeUpGuard guard = new WakeUpGuard();
    try (Pair pair = new Pair();
        FaultLink link = FaultLink.open(pair.listener.localAddress(), 7)) {
      var kwik =
          QuicClientConnection.newBuilder()
              .host("localhost")
              .proxy("127.0.0.1")
              .port(link.address().getPort())
              .applicationProtocol(Pair.ALPN)
              .customTrustManager(new PeerCheck(PeerVerifier.ofAnyone(), refused -> {}))
              .logger(new KwikLog(guard))
              .build();
      kwik.connect();
      pair.accept().onStream(stream -> {});
      link.toListener().loss(0.3);
      OutputStream out = kwik.createStream(true).getOutputStream();
      for (int i = 0; i < 100 && guard.retransmissions() == 0; i++) {
        out.write(new byte[1000]);
      }
      for (int i = 0; i < 100 && guard.retransmissions() == 0; i++) {
        LockSupport.parkNanos(50_000_000);
      }
      assertTrue(guard.retransmissions() > 0);
      assertTrue(guard.searches() > 0);
      kwik.close();
    }
  }
}

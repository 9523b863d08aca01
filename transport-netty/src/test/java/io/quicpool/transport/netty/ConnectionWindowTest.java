package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.QuicStream;
import io.quicpool.StreamTimeoutException;
import io.quicpool.testkit.FaultLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A new limit of the connection that is lost on the way is sent again (N20). */
@ExtendWith(LeakCheck.class)
class ConnectionWindowTest {
  private static final int WINDOW = 256 * 1024; // more than is read ahead
  private static final int BYTES = 4 * WINDOW;
  private static final Duration RTT = Duration.ofMillis(150); // no probe while the link is cut

  @Test
  void limitThatIsLostIsSentAgainWhereThePeerStandsAtTheOldOne() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CompletableFuture<FaultLink> cut = new CompletableFuture<>();
    try (Pair pair =
            new Pair(
                stream -> {
                  blocked.await();
                  FaultLink link = cut.get();
                  link.toDialler().blackhole(true);
                  int got = stream.input().readNBytes(WINDOW).length;
                  link.toDialler().blackhole(false);
                  got += stream.input().readAllBytes().length;
                  assertEquals(BYTES, got);
                  stream.output().close();
                },
                settings -> settings.connectionWindowBytes(WINDOW),
                settings -> settings);
        FaultLink link = FaultLink.open(pair.server.localAddress(), 1)) {
      cut.complete(link.rtt(RTT));
      try (QuicStream stream = Pair.open(pair.dial(link.address()))) {
        CompletableFuture<Void> written =
            CompletableFuture.runAsync(() -> write(stream, BYTES), pair.executor);
        waitUntilNothingArrives(link);
        blocked.countDown();
        written.get(15, TimeUnit.SECONDS);
        assertEquals(0, Pair.readAll(stream).length);
      }
    }
  }

  /** By hand: how often a connection stands still for good, in so many. */
  @ParameterizedTest(name = "{0} bytes, a first limit of {1}")
  @CsvSource({"4194304, 65536", "1000000, 1024", "16777216, 65536"})
  @EnabledIfSystemProperty(named = "quicpool.lossy", matches = "[0-9]+")
  void limitsAreRaisedOverALinkThatLosesEachTwentiethPacket(int bytes, int window)
      throws Exception {
    int runs = Integer.getInteger("quicpool.lossy");
    int stalls = 0;
    for (int run = 0; run < runs; run++) {
      try (Pair pair =
              new Pair(
                  stream -> {
                    assertEquals(bytes, stream.input().readAllBytes().length);
                    stream.output().close();
                  },
                  settings -> settings.connectionWindowBytes(window),
                  settings -> settings.streamTimeout(Duration.ofSeconds(5)));
          FaultLink link = FaultLink.open(pair.server.localAddress(), run)) {
        link.toListener().loss(0.05);
        link.toDialler().loss(0.05);
        try (QuicStream stream = Pair.open(pair.dial(link.address()))) {
          write(stream, bytes);
          assertEquals(0, Pair.readAll(stream).length);
        } catch (StreamTimeoutException | UncheckedIOException e) {
          stalls++;
        }
      }
    }
    System.out.println(
        bytes + " bytes, a first limit of " + window + ": " + stalls + " of " + runs + " stalled");
  }

  private static void write(QuicStream stream, int bytes) {
    try {
      stream.output().write(new byte[bytes]);
      stream.output().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A link that has fallen silent tells nobody: two round trips without a datagram are waited. */
  private static void waitUntilNothingArrives(FaultLink link) throws InterruptedException {
    long arrived = -1;
    while (arrived != link.toListener().counts().arrived()) {
      arrived = link.toListener().counts().arrived();
      Thread.sleep(RTT.multipliedBy(2).toMillis());
    }
  }
}

package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.spi.DialRequest;
import io.quicpool.spi.PeerVerifier;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What somebody who only sends first packets can make a listener hold, and for how long (R15). */
@Timeout(60)
class StrangerTest {
  private static final int PATIENCE_MILLIS = 10_000;

  /** Threads that no connection has to itself: the test's, and those of kwik's listener. */
  private static final Pattern OTHERS = Pattern.compile("handler|pool-|server connector");

  private static final Duration IDLE = Duration.ofSeconds(3);

  /** Kwik looks once a second. */
  private static final Duration LATEST = IDLE.plusSeconds(3);

  private static DatagramSocket socket() throws Exception {
    DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  private static DatagramPacket receive(DatagramSocket socket) throws Exception {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    socket.receive(packet);
    return packet;
  }

  /** What a dial sends first; nothing of that dial is left. */
  private static DatagramPacket firstDatagram() throws Exception {
    try (Pair pair = new Pair();
        DatagramSocket mute = socket()) {
      CompletableFuture<?> dial =
          pair.dialler.connect(
              new DialRequest(
                  (InetSocketAddress) mute.getLocalSocketAddress(),
                  "localhost",
                  PeerVerifier.ofAnyone(),
                  Duration.ofMillis(PATIENCE_MILLIS)));
      DatagramPacket first = receive(mute);
      dial.cancel(false);
      return first;
    }
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !OTHERS.matcher(thread.getName()).lookingAt())
        .collect(Collectors.toSet());
  }

  @Test
  void aHandshakeThatDoesNotEndIsGivenUpAfterTheIdleTimeout() throws Exception {
    DatagramPacket first = firstDatagram();
    try (Pair pair = new Pair(settings -> settings.idleTimeout(IDLE));
        DatagramSocket stranger = socket()) {
      Set<Thread> before = threads();
      long start = System.nanoTime();
      first.setSocketAddress(pair.listener.localAddress());
      stranger.send(first);
      receive(stranger);
      Set<Thread> its = threads();
      its.removeAll(before);
      assertFalse(its.isEmpty(), "a connection of kwik's has threads of its own");

      while (!its.isEmpty()) {
        its.iterator().next().join(PATIENCE_MILLIS);
        assertTrue(System.nanoTime() - start < LATEST.toNanos(), () -> "still there: " + threads());
        its.clear();
        its.addAll(threads());
        its.removeAll(before);
      }
      assertTrue(System.nanoTime() - start >= IDLE.toNanos(), "not before");
      assertTrue(pair.accepted.isEmpty());
      pair.dial().close(0, "");
    }
  }
}

package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Endpoint;
import io.quicpool.PoolException;
import io.quicpool.QuicPool;
import io.quicpool.testkit.EchoPeer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a stranger can send to a listener's socket without a word of TLS (R15, R16). */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(120)
class HostileDatagramsIT {
  private static final int DATAGRAMS = 10_000;
  private static final int MAX_BYTES = 1_400;
  private static final int FIRST_BYTES = 1_200;
  private static final int SILENCE_MILLIS = 4_000; // longer than any retransmission's first pauses
  private static final long SEED = Long.getLong("datagrams.seed", 20_260_101);

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

  private static DatagramSocket socket() throws IOException {
    return new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @Test
  void randomDatagramsDisturbNobody() throws Exception {
    Random random = new Random(SEED);
    try (DatagramSocket stranger = socket();
        QuicPool pool = Talk.pool(transport).open()) {
      Talk.message(pool, echo.peer(), "before");
      for (int i = 0; i < DATAGRAMS; i++) {
        byte[] bytes = random.nextBoolean() ? noise(random) : packetOfAHandshake(random);
        stranger.send(new DatagramPacket(bytes, bytes.length, echo.address()));
        if (i % 100 == 0) {
          Talk.message(pool, echo.peer(), "in the midst of it");
        }
      }
      Talk.message(pool, echo.peer(), "after");
      assertTrue(pool.stats().dials() == 1, () -> "the connection was lost: " + pool.stats());
    }
    try (QuicPool pool = Talk.pool(transport).open()) {
      Talk.message(pool, echo.peer(), "and whoever comes now is served");
    }
  }

  private static byte[] noise(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(MAX_BYTES)];
    random.nextBytes(bytes);
    return bytes;
  }

  /**
   * The header of a packet of QUIC version 1 that a listener can read, of each type, large enough
   * for a dialler's first one half of the time; what follows is nonsense.
   */
  private static byte[] packetOfAHandshake(Random random) {
    byte[] bytes = new byte[random.nextBoolean() ? FIRST_BYTES : 50 + random.nextInt(MAX_BYTES)];
    random.nextBytes(bytes);
    byte[] ids = new byte[20];
    random.nextBytes(ids);
    int destination = 8 + random.nextInt(13); // RFC 9000, section 7.2: at least 8
    int source = random.nextInt(21 - 8);
    ByteBuffer.wrap(bytes)
        .put((byte) (0xc0 | random.nextInt(64)))
        .putInt(1)
        .put((byte) destination)
        .put(ids, 0, destination)
        .put((byte) source)
        .put(ids, 0, source)
        .put((byte) 0) // no token
        .putShort((short) (0x4000 | random.nextInt(bytes.length))); // the length, right or wrong
    return bytes;
  }

  @Test
  void anAddressThatHasNotProvenItselfIsSentAtMostThreeTimesWhatItSent() throws Exception {
    byte[] first = firstDatagramOfADial();
    long received = 0;
    try (DatagramSocket forged = socket()) { // answers nothing, as an address that was forged
      forged.setSoTimeout(SILENCE_MILLIS);
      forged.send(new DatagramPacket(first, first.length, echo.address()));
      DatagramPacket answer = new DatagramPacket(new byte[65_536], 65_536);
      try {
        for (; ; ) {
          forged.receive(answer);
          received += answer.getLength();
        }
      } catch (SocketTimeoutException silence) {
        // all that comes has come
      }
    }
    long bytes = received;
    Figure.print("R15", transport, "bytes out for " + first.length + " in", bytes);
    assertTrue(bytes > 0, "it answers at all");
    assertTrue(
        bytes <= 3L * first.length,
        () -> bytes + " bytes for " + first.length + " (RFC 9000, 8.1)");
  }

  private byte[] firstDatagramOfADial() throws Exception {
    var threads = Executors.newSingleThreadExecutor();
    try (DatagramSocket nobody = socket();
        QuicPool pool = Talk.pool(transport).connectTimeout(Duration.ofSeconds(1)).open()) {
      nobody.setSoTimeout((int) Await.PATIENCE.toMillis());
      var dial =
          threads.submit(() -> pool.connect(Endpoint.of("127.0.0.1", nobody.getLocalPort())));
      DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
      nobody.receive(packet);
      try {
        dial.get();
        throw new AssertionError("nobody answered");
      } catch (ExecutionException e) {
        assertTrue(e.getCause() instanceof PoolException, e::toString);
      }
      return Arrays.copyOf(packet.getData(), packet.getLength());
    } finally {
      threads.shutdownNow();
    }
  }
}

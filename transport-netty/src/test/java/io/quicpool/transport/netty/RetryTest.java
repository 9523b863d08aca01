package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.incubator.codec.quic.QuicConnectionIdGenerator;
import io.quicpool.QuicStream;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.PeerVerifier;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A flood of first packets, as a stranger sends it: what a listener answers (N6, R15). */
@Timeout(60)
@ExtendWith(LeakCheck.class)
class RetryTest {
  private static final int PATIENCE_MILLIS = 10_000;

  /** The types of long header packets: RFC 9000, section 17.2. */
  private static final int INITIAL = 0;

  private static final int RETRY = 3;

  /** A long header's type and connection ids. */
  private record Header(int type, ByteBuffer destination, ByteBuffer source) {

    static Header of(DatagramPacket packet) {
      ByteBuffer bytes = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
      int type = bytes.get() >> 4 & 3;
      bytes.getInt(); // the version
      return new Header(type, id(bytes), id(bytes));
    }

    private static ByteBuffer id(ByteBuffer bytes) {
      byte[] id = new byte[bytes.get()];
      bytes.get(id);
      return ByteBuffer.wrap(id);
    }
  }

  private static DatagramSocket socket() throws IOException {
    DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  private static DatagramPacket receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    socket.receive(packet);
    return packet;
  }

  /** What so many dials send first, by the id under which they want to be answered. */
  private static Map<ByteBuffer, byte[]> firstDatagrams(Pair pair, int count) throws Exception {
    Map<ByteBuffer, byte[]> first = new HashMap<>();
    List<CompletableFuture<?>> dials = new ArrayList<>();
    try (DatagramSocket mute = socket()) {
      for (int i = 0; i < count; i++) {
        dials.add(
            pair.client.connect(
                new DialRequest(
                    (InetSocketAddress) mute.getLocalSocketAddress(),
                    "localhost",
                    PeerVerifier.ofAnyone(),
                    Duration.ofMillis(PATIENCE_MILLIS))));
        while (first.size() == i) { // others repeat theirs meanwhile
          DatagramPacket packet = receive(mute);
          byte[] bytes = new byte[packet.getLength()];
          System.arraycopy(packet.getData(), 0, bytes, 0, bytes.length);
          first.putIfAbsent(Header.of(packet).source(), bytes);
        }
      }
    }
    dials.forEach(dial -> dial.cancel(false));
    return first;
  }

  /**
   * The codec answers every version that it does not know, however small the datagram (N19). A
   * listener answers in order: what it says to one who came later is the event to wait for.
   */
  @Test
  void anotherVersionInASmallDatagramIsNotAnswered() throws Exception {
    try (Pair pair = new Pair(Pair::echo);
        DatagramSocket stranger = socket()) {
      byte[] bytes = firstDatagrams(pair, 1).values().iterator().next();
      bytes[1] = 0x1a;
      for (int length : new int[] {30, 100, 1199}) {
        assertEquals(Optional.empty(), answerTo(pair, stranger, Arrays.copyOf(bytes, length)));
      }
      assertEquals(0, answerOf(pair, stranger, bytes).getData()[1], "whole, it is: by version 0");
    }
  }

  /** What somebody in the middle says to a dialler's first datagram. */
  private interface Answer {
    byte[] to(byte[] first) throws Exception;
  }

  /** What a dial sends after it was told to: its first datagram again, with a token. */
  private static byte[] withToken(Pair pair, DatagramSocket middle, Answer retry) throws Exception {
    CompletableFuture<?> dial =
        pair.client.connect(
            new DialRequest(
                (InetSocketAddress) middle.getLocalSocketAddress(),
                "localhost",
                PeerVerifier.ofAnyone(),
                Duration.ofMillis(PATIENCE_MILLIS)));
    DatagramPacket first = receive(middle);
    byte[] answer = retry.to(Arrays.copyOf(first.getData(), first.getLength()));
    middle.send(new DatagramPacket(answer, answer.length, first.getSocketAddress()));
    ByteBuffer told = Header.of(new DatagramPacket(answer, answer.length)).source();
    DatagramPacket next = receive(middle);
    while (!Header.of(next).destination().equals(told)) { // the first one again
      next = receive(middle);
    }
    dial.cancel(false);
    return Arrays.copyOf(next.getData(), next.getLength());
  }

  /** A Retry as anybody can make it: its keys are public (RFC 9001, section 5.8). */
  private static byte[] forgedRetry(byte[] first, byte[] token) throws Exception {
    Header header = Header.of(new DatagramPacket(first, first.length));
    byte[] madeUp = new byte[20];
    new Random(1).nextBytes(madeUp);
    ByteBuffer retry =
        ByteBuffer.allocate(256)
            .put((byte) 0xf0)
            .putInt(1)
            .put((byte) header.source().remaining())
            .put(header.source().duplicate())
            .put((byte) madeUp.length)
            .put(madeUp)
            .put(token);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    HexFormat hex = HexFormat.of();
    cipher.init(
        Cipher.ENCRYPT_MODE,
        new SecretKeySpec(hex.parseHex("be0c690b9f66575a1d766b54e368c84e"), "AES"),
        new GCMParameterSpec(128, hex.parseHex("461599d35d632bf2239825bb")));
    cipher.updateAAD(new byte[] {(byte) header.destination().remaining()});
    cipher.updateAAD(header.destination().duplicate());
    cipher.updateAAD(Arrays.copyOf(retry.array(), retry.position()));
    retry.put(cipher.doFinal());
    return Arrays.copyOf(retry.array(), retry.position());
  }

  /** What comes back for a datagram, if anything does before a dialler after it is answered. */
  private static Optional<Header> answerTo(Pair pair, DatagramSocket from, byte[] datagram)
      throws Exception {
    from.send(new DatagramPacket(datagram, datagram.length, pair.server.localAddress()));
    Map.Entry<ByteBuffer, byte[]> later = firstDatagrams(pair, 1).entrySet().iterator().next();
    try (DatagramSocket other = socket()) {
      other.send(
          new DatagramPacket(
              later.getValue(), later.getValue().length, pair.server.localAddress()));
      receive(other);
    }
    from.setSoTimeout(1);
    try {
      return Optional.of(Header.of(receive(from)));
    } catch (SocketTimeoutException nothing) {
      return Optional.empty();
    } finally {
      from.setSoTimeout(PATIENCE_MILLIS);
    }
  }

  private static void flood(Pair pair, DatagramSocket from, int handshakes) throws Exception {
    send(firstDatagrams(pair, handshakes), pair, from);
  }

  private static void send(Map<ByteBuffer, byte[]> flood, Pair pair, DatagramSocket from)
      throws IOException {
    for (byte[] first : flood.values()) {
      from.send(new DatagramPacket(first, first.length, pair.server.localAddress()));
    }
  }

  /** The codec by itself takes any token as a proof (N6, CVE-2026-44894). */
  @Test
  void aTokenThatTheListenerDidNotMakeIsNotAnswered() throws Exception {
    byte[] token = new byte[44]; // as long as a good one with an id of 20 bytes
    new Random(2).nextBytes(token);
    try (Pair pair = new Pair(Pair::echo);
        DatagramSocket forger = socket()) {
      byte[] forged = withToken(pair, forger, first -> forgedRetry(first, token));
      assertEquals(Optional.empty(), answerTo(pair, forger, forged));
    }
  }

  @Test
  void aTokenIsWorthNothingFromAnotherAddressOrAtAnotherListener() throws Exception {
    try (Pair pair = new Pair(Pair::echo);
        Pair another = new Pair(Pair::echo);
        DatagramSocket flooder = socket();
        DatagramSocket owner = socket();
        DatagramSocket thief = socket()) {
      flood(pair, flooder, AddressValidation.RETRY_FROM);
      byte[] proof =
          withToken(
              pair,
              owner,
              first -> {
                DatagramPacket retry = answerOf(pair, owner, first);
                assertEquals(RETRY, Header.of(retry).type());
                return Arrays.copyOf(retry.getData(), retry.getLength());
              });
      assertEquals(Optional.empty(), answerTo(pair, thief, proof), "from another address");
      assertEquals(Optional.empty(), answerTo(another, owner, proof), "at another listener");
      assertEquals(INITIAL, Header.of(answerOf(pair, owner, proof)).type());
    }
  }

  /** It must not occupy anything for the whole idle timeout. */
  @Test
  void aHandshakeThatDoesNotEndIsGivenUpAfterTenSeconds() throws Exception {
    try (Pair pair = new Pair(Pair::echo);
        DatagramSocket flooder = socket();
        DatagramSocket stranger = socket()) {
      Map<ByteBuffer, byte[]> flood = firstDatagrams(pair, AddressValidation.RETRY_FROM);
      long start = System.nanoTime();
      send(flood, pair, flooder);
      long flooded = System.nanoTime();
      int answer = RETRY;
      while (answer == RETRY) { // by the answers alone does anybody see it from outside
        TimeUnit.MILLISECONDS.sleep(100);
        byte[] first = firstDatagrams(pair, 1).values().iterator().next();
        answer = Header.of(answerOf(pair, stranger, first)).type();
      }
      long end = System.nanoTime();
      assertTrue(end - start >= TimeUnit.SECONDS.toNanos(10), "not before");
      assertTrue(end - flooded < TimeUnit.SECONDS.toNanos(15), "not much later");
    }
  }

  private static DatagramPacket answerOf(Pair pair, DatagramSocket from, byte[] datagram)
      throws IOException {
    from.send(new DatagramPacket(datagram, datagram.length, pair.server.localAddress()));
    DatagramPacket answer = receive(from);
    while (!answer.getSocketAddress().equals(pair.server.localAddress())) {
      answer = receive(from); // the dialler, that repeats itself
    }
    return answer;
  }

  /** The codec's own ids tell one dialler what another one would be given (N6). */
  @Test
  void idsAreNotTheCodecsOwn() throws Exception {
    try (Pair pair = new Pair(Pair::echo);
        DatagramSocket dialler = socket()) {
      byte[] first = firstDatagrams(pair, 1).values().iterator().next();
      ByteBuffer madeUp = Header.of(new DatagramPacket(first, first.length)).destination();
      assertNotEquals(
          QuicConnectionIdGenerator.signGenerator().newId(madeUp, 20),
          Header.of(answerOf(pair, dialler, first)).source());
    }
  }

  @Test
  void aFloodedListenerAsksForAProofOfTheAddressAndServesWhoGivesIt() throws Exception {
    try (Pair pair = new Pair(Pair::echo);
        DatagramSocket forged = socket()) {
      int handshakes = AddressValidation.RETRY_FROM;
      Map<ByteBuffer, byte[]> flood = firstDatagrams(pair, handshakes + 1);
      Set<ByteBuffer> answered = new HashSet<>();
      for (Map.Entry<ByteBuffer, byte[]> first : flood.entrySet()) {
        forged.send(
            new DatagramPacket(
                first.getValue(), first.getValue().length, pair.server.localAddress()));
        Header answer = Header.of(receive(forged));
        while (!answer.destination().equals(first.getKey())) { // more for an earlier one
          answer = Header.of(receive(forged));
        }
        answered.add(first.getKey());
        assertEquals(
            answered.size() <= handshakes ? INITIAL : RETRY,
            answer.type(),
            () -> "the answer to the " + answered.size() + "th");
      }

      byte[] message = "from an address that is real".getBytes(StandardCharsets.UTF_8);
      try (QuicStream stream = Pair.open(pair.dial())) {
        stream.output().write(message);
        stream.output().close();
        assertArrayEquals(message, Pair.readAll(stream));
      }
    }
  }
}

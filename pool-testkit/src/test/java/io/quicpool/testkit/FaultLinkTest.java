package io.quicpool.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultLinkTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private DatagramSocket dialler;
  private DatagramSocket listener;
  private FaultLink link;

  @BeforeEach
  void open() throws IOException {
    dialler = new DatagramSocket(ANY);
    listener = new DatagramSocket(ANY);
    listener.setSoTimeout(5000);
    dialler.setSoTimeout(5000);
    link = FaultLink.open((InetSocketAddress) listener.getLocalSocketAddress(), 42);
  }

  @AfterEach
  void close() {
    link.close();
    dialler.close();
    listener.close();
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(t -> t.getName().equals("quicpool-link-" + link.address().getPort())));
  }

  private void send(int number) throws IOException {
    byte[] bytes = ByteBuffer.allocate(16).putInt(number).array();
    dialler.send(new DatagramPacket(bytes, bytes.length, link.address()));
  }

  private static ByteBuffer receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
    socket.receive(packet);
    return ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
  }

  private SocketAddress receiveSource() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
    listener.receive(packet);
    return packet.getSocketAddress();
  }

  /** All that comes until nothing came for 300 ms. */
  private List<Integer> drain() throws IOException {
    List<Integer> got = new ArrayList<>();
    listener.setSoTimeout(300);
    try {
      while (true) {
        got.add(receive(listener).getInt());
      }
    } catch (SocketTimeoutException e) {
      return got;
    }
  }

  @Test
  void datagramsPassBothWaysForEveryDialler() throws IOException {
    send(7);
    SocketAddress first = receiveSource();
    try (DatagramSocket other = new DatagramSocket(ANY)) {
      other.setSoTimeout(5000);
      other.send(new DatagramPacket(new byte[] {1}, 1, link.address()));
      SocketAddress second = receiveSource();
      assertNotEquals(first, second);
      listener.send(new DatagramPacket(new byte[] {2}, 1, second));
      listener.send(new DatagramPacket(new byte[] {3}, 1, first));
      assertEquals(2, receive(other).get());
      assertEquals(3, receive(dialler).get());
    }
    assertEquals(2, link.diallers());
    assertEquals(2, link.toListener().counts().delivered());
  }

  @Test
  void delayIsKeptToAboutAMillisecond() throws IOException {
    RttDistribution bare = link.measureRtt(50);
    link.rtt(Duration.ofMillis(20));
    RttDistribution delayed = link.measureRtt(50);
    assertEquals(50, delayed.count());
    assertTrue(delayed.quantileMicros(0) >= 20_000, delayed::toString);
    assertTrue(delayed.p50Micros() < 22_500 + bare.p50Micros(), () -> delayed + " after " + bare);
  }

  @Test
  void lossIsCountedAndTheSameForTheSameSeed() throws IOException {
    link.toListener().loss(0.3);
    List<Integer> first = passed(link, 200);
    try (FaultLink again =
        FaultLink.open((InetSocketAddress) listener.getLocalSocketAddress(), 42)) {
      again.toListener().loss(0.3);
      assertEquals(first, passed(again, 200));
    }
    LinkLane.Counts counts = link.toListener().counts();
    assertEquals(200, counts.arrived());
    assertEquals(200 - first.size(), counts.lost());
    assertTrue(first.size() > 100 && first.size() < 180, () -> "passed: " + first.size());
  }

  private List<Integer> passed(FaultLink through, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      byte[] bytes = ByteBuffer.allocate(16).putInt(i).array();
      dialler.send(new DatagramPacket(bytes, bytes.length, through.address()));
    }
    return drain();
  }

  @Test
  void duplicatesAndReorderingAndBitFlipsHappenWhenAskedFor() throws IOException {
    link.toListener().duplication(1);
    assertEquals(List.of(0, 0, 1, 1), passed(link, 2));
    link.heal();
    link.toListener().reordering(0.5, Duration.ofMillis(20));
    List<Integer> reordered = passed(link, 100);
    List<Integer> sorted = new ArrayList<>(reordered);
    Collections.sort(sorted);
    assertEquals(100, reordered.size());
    assertNotEquals(sorted, reordered);
    link.heal();
    link.toListener().bitFlips(1);
    listener.setSoTimeout(5000);
    send(0);
    ByteBuffer flipped = receive(listener);
    assertEquals(1, Long.bitCount(flipped.getLong(0)) + Long.bitCount(flipped.getLong(8)));
  }

  @Test
  void aBlackHoleSwallowsUntilItIsLifted() throws IOException {
    link.blackhole(true);
    assertEquals(List.of(), passed(link, 3));
    assertEquals(3, link.toListener().counts().swallowed());
    link.heal();
    assertEquals(List.of(0), passed(link, 1));
  }

  @Test
  void jitterKeepsTheOrder() throws IOException {
    link.toListener().delay(Duration.ofMillis(2)).jitter(Duration.ofMillis(10));
    List<Integer> got = passed(link, 100);
    List<Integer> sorted = new ArrayList<>(got);
    Collections.sort(sorted);
    assertEquals(100, got.size());
    assertEquals(sorted, got);
  }

  @Test
  void rebindingChangesTheSourcePort() throws IOException {
    send(1);
    SocketAddress before = receiveSource();
    link.rebind();
    send(2);
    SocketAddress after = receiveSource();
    assertNotEquals(before, after);
    listener.send(new DatagramPacket(new byte[] {5}, 1, after));
    assertEquals(5, receive(dialler).get());
    link.close();
    assertThrows(RuntimeException.class, link::rebind);
  }

  @Test
  void whereThereAreTooManyDiallersTheOneSilentLongestIsForgotten() throws IOException {
    InetSocketAddress there = (InetSocketAddress) listener.getLocalSocketAddress();
    LinkRelay small = LinkRelay.start(there, new LinkLane(1), new LinkLane(2), 2);
    try (DatagramSocket second = new DatagramSocket(ANY);
        DatagramSocket third = new DatagramSocket(ANY)) {
      second.setSoTimeout(5000);
      third.setSoTimeout(5000);
      SocketAddress first = throughTo(small, dialler);
      SocketAddress silent = throughTo(small, second);
      assertEquals(first, throughTo(small, dialler)); // heard of again
      SocketAddress last = throughTo(small, third);
      assertEquals(2, small.diallers());
      listener.send(new DatagramPacket(new byte[] {4}, 1, silent)); // lost
      listener.send(new DatagramPacket(new byte[] {5}, 1, first));
      listener.send(new DatagramPacket(new byte[] {6}, 1, last));
      assertEquals(5, receive(dialler).get());
      assertEquals(6, receive(third).get());
      throughTo(small, second); // it comes anew
      listener.send(new DatagramPacket(new byte[] {7}, 1, throughTo(small, second)));
      assertEquals(7, receive(second).get());
    } finally {
      small.close();
    }
  }

  private SocketAddress throughTo(LinkRelay relay, DatagramSocket from) throws IOException {
    from.send(new DatagramPacket(new byte[] {1}, 1, relay.address()));
    return receiveSource();
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> link.toListener().loss(1.1));
    assertThrows(IllegalArgumentException.class, () -> link.toListener().loss(Double.NaN));
    assertThrows(
        IllegalArgumentException.class, () -> link.toListener().delay(Duration.ofMillis(-1)));
  }
}

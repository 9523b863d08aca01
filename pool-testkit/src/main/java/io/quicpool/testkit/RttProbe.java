package io.quicpool.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;

/** Sends numbered datagrams through a link to an echo and times their return. */
final class RttProbe {
  private static final int BYTES = 64;
  private static final int WARM_UP = 5;
  private static final Duration PATIENCE = Duration.ofMillis(250);

  /** Opens a link to an echo. */
  interface Opening {
    FaultLink to(InetSocketAddress echo) throws IOException;
  }

  private RttProbe() {}

  static RttDistribution measure(Opening opening, Duration expected, int count) throws IOException {
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1, was " + count);
    }
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (DatagramSocket echo = new DatagramSocket(any);
        DatagramSocket socket = new DatagramSocket(any)) {
      Thread thread = new Thread(() -> echo(echo), "quicpool-link-echo");
      thread.setDaemon(true);
      thread.start();
      try (FaultLink link = opening.to((InetSocketAddress) echo.getLocalSocketAddress())) {
        socket.connect(link.address());
        long patienceMillis = expected.multipliedBy(2).plus(PATIENCE).toMillis();
        socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, patienceMillis));
        return measure(socket, count);
      }
    }
  }

  private static RttDistribution measure(DatagramSocket socket, int count) throws IOException {
    long[] micros = new long[count];
    int measured = 0;
    for (int i = -WARM_UP; i < count; i++) {
      long nanos = roundTrip(socket, i);
      if (i >= 0 && nanos >= 0) {
        micros[measured++] = nanos / 1000;
      }
    }
    return new RttDistribution(Arrays.copyOf(micros, measured), count - measured);
  }

  /** The time of one round trip, or -1 if the datagram did not come back whole. */
  private static long roundTrip(DatagramSocket socket, int number) throws IOException {
    byte[] sent = ByteBuffer.allocate(BYTES).putInt(number).array();
    DatagramPacket back = new DatagramPacket(new byte[BYTES], BYTES);
    long start = System.nanoTime();
    socket.send(new DatagramPacket(sent, BYTES));
    try {
      do {
        socket.receive(back);
      } while (!Arrays.equals(sent, back.getData()));
      return System.nanoTime() - start;
    } catch (SocketTimeoutException e) {
      return -1;
    }
  }

  private static void echo(DatagramSocket socket) {
    DatagramPacket packet = new DatagramPacket(new byte[BYTES], BYTES);
    try {
      while (!socket.isClosed()) {
        socket.receive(packet);
        socket.send(packet);
      }
    } catch (SocketException e) {
      return; // closed: the measurement is over
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

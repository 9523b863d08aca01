package io.quicpool.it;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for listeners that close and come back: below the range from which systems take those that
 * nobody named, so that no dial's socket sits there meanwhile.
 */
final class Ports {
  private static final int FIRST = 20_000;
  private static final int LAST = 29_999;
  private static final int TRIES = 100;

  private Ports() {}

  /** A port of 127.0.0.1 that is free now. */
  static InetSocketAddress toComeBackTo() throws IOException {
    for (int i = 0; i < TRIES; i++) {
      InetSocketAddress address =
          new InetSocketAddress(
              InetAddress.getLoopbackAddress(),
              ThreadLocalRandom.current().nextInt(FIRST, LAST + 1));
      try (DatagramSocket probe = new DatagramSocket(address)) {
        return new InetSocketAddress(probe.getLocalAddress(), probe.getLocalPort());
      } catch (SocketException taken) {
        continue;
      }
    }
    throw new IOException("none of " + TRIES + " ports is free");
  }
}

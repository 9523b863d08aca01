package io.quicpool.transport.kwik;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ListenSocketTest {

  @Test
  void thePortIsFreeWhenCloseReturnsThoughAThreadWasReceiving() throws Exception {
    ListenSocket socket =
        new ListenSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    for (int i = 0; i < 200; i++) {
      ListenSocket receiving = socket;
      Thread receiver = new Thread(() -> receive(receiving));
      receiver.start();
      while (!socket.isReceiving()) {
        Thread.onSpinWait();
      }
      LockSupport.parkNanos(200_000); // nothing tells when it has entered the system's call
      InetSocketAddress address = (InetSocketAddress) socket.getLocalSocketAddress();
      socket.close();
      socket = new ListenSocket(address);
      receiver.interrupt(); // as kwik does when it shuts down
      receiver.join();
    }
    socket.close();
  }

  private static void receive(ListenSocket socket) {
    try {
      socket.receive(new DatagramPacket(new byte[1], 1));
    } catch (IOException closed) {
      return; // what the test waits for
    }
  }
}

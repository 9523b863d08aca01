package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** K17. */
class CoalescedTest {

  private static byte[] handshakeThen(int rest) {
    byte[] datagram = new byte[7 + 4 + 2 + 2 + 40 + rest];
    datagram[0] = (byte) 0xe3;
    datagram[4] = 1;
    datagram[5] = 4; // destination connection id
    datagram[10] = 2; // source connection id
    datagram[13] = 0x40; // a length of two bytes
    datagram[14] = (byte) (datagram.length - rest - 15);
    return datagram;
  }

  @Test
  void aPacketBehindAHandshakePacketIsFound() {
    byte[] datagram = handshakeThen(30);
    assertEquals(datagram.length - 30, Coalesced.secondPacket(datagram, 0, datagram.length));
  }

  @Test
  void aHandshakePacketAloneIsLeftAlone() {
    byte[] datagram = handshakeThen(0);
    assertEquals(datagram.length, Coalesced.secondPacket(datagram, 0, datagram.length));
  }

  @Test
  void anInitialPacketKeepsItsCompany() {
    byte[] datagram = handshakeThen(30);
    datagram[0] = (byte) 0xc3;
    assertEquals(datagram.length, Coalesced.secondPacket(datagram, 0, datagram.length));
  }

  @Test
  void nothingIsReadBeyondTheEnd() {
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      byte[] datagram = new byte[random.nextInt(40)];
      random.nextBytes(datagram);
      if (datagram.length > 4) {
        datagram[0] = (byte) 0xe0;
        datagram[4] = 1;
      }
      Coalesced.secondPacket(datagram, 0, datagram.length);
    }
  }
}

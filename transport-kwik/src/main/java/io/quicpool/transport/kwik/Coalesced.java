package io.quicpool.transport.kwik;

/**
 * Finds the end of a Handshake packet that shares its datagram with a packet behind it (RFC 9000,
 * section 12.2).
 *
 * <p>K17: kwik puts its last Handshake packet and its first 1-RTT packet (the first request, or a
 * close) in one datagram. A kwik server that has dropped its Handshake keys drops all of it; a
 * netty server that is verifying a client's certificate drops the second one. In datagrams of their
 * own both arrive.
 */
final class Coalesced {
  private static final int LONG_HEADER_HANDSHAKE = 0b1110_0000;
  private static final int FIRST_CONNECTION_ID = 5; // behind flags and version

  private Coalesced() {}

  /**
   * Where the second packet begins; {@code length} if there is none, or if the first one is no
   * Handshake packet (a datagram with an Initial packet must stay as it is: section 14.1).
   */
  static int secondPacket(byte[] datagram, int offset, int length) {
    int at = offset + FIRST_CONNECTION_ID;
    int end = offset + length;
    if (length <= FIRST_CONNECTION_ID
        || (datagram[offset] & 0b1111_0000) != LONG_HEADER_HANDSHAKE
        || datagram[offset + 4] != 1) { // QUIC version 1, whose types these are
      return length;
    }
    for (int connectionId = 0; connectionId < 2; connectionId++) {
      if (at >= end) {
        return length;
      }
      at += 1 + (datagram[at] & 0xff);
    }
    if (at >= end) {
      return length;
    }
    int bytes = 1 << ((datagram[at] & 0xff) >> 6); // of the length field: section 16
    if (bytes > 4 || at + bytes > end) {
      return length;
    }
    int packet = datagram[at] & 0x3f;
    for (int i = 1; i < bytes; i++) {
      packet = packet << 8 | (datagram[at + i] & 0xff);
    }
    long next = (long) at + bytes + packet - offset;
    return next < length ? (int) next : length;
  }
}

package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.incubator.codec.quic.QuicConnectionAddress;
import java.util.Optional;

/**
 * The part of a long header that anybody can read (RFC 8999, section 5.1; RFC 9000, section 17.2).
 * Only packets of a handshake have one.
 *
 * @param type the two bits that name the type in version 1; without meaning in any other
 */
record LongHeader(
    int version, int type, QuicConnectionAddress destination, QuicConnectionAddress source) {
  private static final int LONG = 0x80;
  private static final int VERSION_1 = 1;
  private static final int INITIAL = 0;
  private static final int MAX_ID_BYTES = 20; // of versions that this codec speaks

  /** Whether a datagram begins with a packet of this kind; cheap. */
  static boolean leads(ByteBuf datagram) {
    return datagram.isReadable() && (datagram.getByte(datagram.readerIndex()) & LONG) != 0;
  }

  /** The first header of a datagram that {@linkplain #leads begins} with one, unless cut short. */
  static Optional<LongHeader> of(ByteBuf datagram) {
    ByteBuf bytes = datagram.duplicate();
    int typeBits = bytes.readByte() >> 4 & 3;
    if (bytes.readableBytes() < Integer.BYTES) {
      return Optional.empty();
    }
    int version = bytes.readInt();
    QuicConnectionAddress[] ids = new QuicConnectionAddress[2];
    for (int i = 0; i < ids.length; i++) {
      int length = bytes.isReadable() ? bytes.readUnsignedByte() : Integer.MAX_VALUE;
      if (length > MAX_ID_BYTES || length > bytes.readableBytes()) {
        return Optional.empty();
      }
      byte[] id = new byte[length];
      bytes.readBytes(id);
      ids[i] = new QuicConnectionAddress(id);
    }
    return Optional.of(new LongHeader(version, typeBits, ids[0], ids[1]));
  }

  /** Whether a listener may take the packet for a dialler's first. */
  boolean mayBeFirst() {
    return version != VERSION_1 || type == INITIAL;
  }
}

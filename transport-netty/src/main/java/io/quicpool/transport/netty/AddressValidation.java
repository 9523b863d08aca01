package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.incubator.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Makes diallers prove their address by a Retry (RFC 9000, section 8.1.2) while many handshakes are
 * under way, so that a flood of first packets from forged addresses finds an end.
 *
 * <p>A Retry costs a dialler a round trip, and a kwik dialler one dial in fifty (K7), so a listener
 * in peace asks nobody for it. A token is worth something to the address and port that it was sent
 * to, for ten seconds, at the listener that made it. Any other one is refused, at any time: without
 * a handler of ours the codec takes every token as valid (N6, CVE-2026-44894).
 *
 * <p>A token is the time of its making, a signature, and the connection id that the dialler chose
 * first, where the codec wants to find it. All calls come on the listener's event loop.
 */
final class AddressValidation implements QuicTokenHandler {
  /** Handshakes under way from which on diallers must prove their address. */
  static final int RETRY_FROM = 100;

  /**
   * Handshakes under way from which on nobody is let in: a dialler's first packet is dropped, and
   * what it sends again may find room, while its token lives.
   */
  static final int FULL_FROM = 1_000;

  private static final int INVALID = -1;
  private static final long LIFETIME_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int MAX_ID_BYTES = 20; // RFC 9000, section 17.2
  private static final int ID_OFFSET = Long.BYTES + MacKey.SIGNATURE_BYTES;

  private final MacKey key = new MacKey();
  private final IntSupplier underWay;
  private final LongSupplier nanoTime;

  AddressValidation(IntSupplier underWay, LongSupplier nanoTime) {
    this.underWay = underWay;
    this.nanoTime = nanoTime;
  }

  @Override
  public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
    if (underWay.getAsInt() < RETRY_FROM) {
      return false;
    }
    long now = nanoTime.getAsLong();
    out.writeLong(now);
    out.writeBytes(sign(now, address, connectionId));
    out.writeBytes(connectionId, connectionId.readerIndex(), connectionId.readableBytes());
    return true;
  }

  @Override
  public int validateToken(ByteBuf token, InetSocketAddress address) {
    if (token.readableBytes() < ID_OFFSET
        || token.readableBytes() > maxTokenLength()
        || underWay.getAsInt() >= FULL_FROM) {
      return INVALID;
    }
    ByteBuf rest = token.duplicate();
    long made = rest.readLong();
    byte[] signature = new byte[MacKey.SIGNATURE_BYTES];
    rest.readBytes(signature);
    long age = nanoTime.getAsLong() - made;
    boolean ours = MessageDigest.isEqual(signature, sign(made, address, rest));
    return ours && age >= 0 && age <= LIFETIME_NANOS ? ID_OFFSET : INVALID;
  }

  @Override
  public int maxTokenLength() {
    return ID_OFFSET + MAX_ID_BYTES;
  }

  private byte[] sign(long time, InetSocketAddress address, ByteBuf connectionId) {
    byte[] ip = address.getAddress().getAddress(); // 4 or 16 bytes
    byte[] id = new byte[connectionId.readableBytes()];
    connectionId.getBytes(connectionId.readerIndex(), id);
    return key.sign(
        ByteBuffer.allocate(Long.BYTES + 1 + ip.length + Character.BYTES + id.length)
            .putLong(time)
            .put((byte) ip.length)
            .put(ip)
            .putChar((char) address.getPort())
            .put(id)
            .flip());
  }
}

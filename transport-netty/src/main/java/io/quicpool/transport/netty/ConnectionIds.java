package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicConnectionIdGenerator;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A listener's connection ids: the id and the address that a dialler's first packet came with,
 * signed. The same packet again gives the same id, so that it starts no second connection; who
 * sends it from another address learns nothing about the id that the first one was given.
 *
 * <p>The codec's own generator leaves the address out, and shares its key with others (N6).
 * Confined to the listener's event loop.
 */
final class ConnectionIds implements QuicConnectionIdGenerator {
  private static final int MAX_ID_BYTES = 20; // RFC 9000, section 17.2

  /** What an id is for: that a dialler can choose the input of the one must not show the other. */
  private static final byte FIRST = 0;

  private static final byte FURTHER = 1;

  private final MacKey key = new MacKey();
  private @Nullable InetSocketAddress sender;

  /** Whose datagram the codec looks at; null when it looks at none. */
  void sender(@Nullable InetSocketAddress address) {
    sender = address;
  }

  /** The id of a connection, out of the one that its dialler made up. */
  @Override
  public ByteBuffer newId(ByteBuffer source, ByteBuffer destination, int length) {
    return newId(FIRST, destination, length);
  }

  /** A further id of a connection, out of its first. */
  @Override
  public ByteBuffer newId(ByteBuffer input, int length) {
    return newId(FURTHER, input, length);
  }

  private ByteBuffer newId(byte purpose, ByteBuffer input, int length) {
    InetSocketAddress from = sender;
    byte[] ip = from == null ? new byte[0] : from.getAddress().getAddress(); // 0, 4 or 16 bytes
    ByteBuffer message =
        ByteBuffer.allocate(2 + ip.length + Character.BYTES + input.remaining())
            .put(purpose)
            .put((byte) ip.length)
            .put(ip)
            .putChar(from == null ? 0 : (char) from.getPort())
            .put(input.duplicate())
            .flip();
    return ByteBuffer.wrap(key.sign(message, length));
  }

  @Override
  public ByteBuffer newId(int length) {
    throw new UnsupportedOperationException("an id is made out of another one");
  }

  @Override
  public int maxConnectionIdLength() {
    return MAX_ID_BYTES;
  }

  @Override
  public boolean isIdempotent() {
    return true;
  }
}

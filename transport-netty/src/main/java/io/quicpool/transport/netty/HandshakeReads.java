package io.quicpool.transport.netty;

import io.netty.channel.FixedRecvByteBufAllocator;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads one datagram at a time while a handshake is pending on a listener, many at a time
 * otherwise.
 *
 * <p>The codec goes on with a handshake only when it sends, after a read loop has ended. A request
 * right behind the client's last handshake packet, read in the same loop, would be dropped and come
 * again after a probe timeout (N14).
 */
final class HandshakeReads extends FixedRecvByteBufAllocator {
  private static final int DATAGRAM_BYTES = 2048;
  private static final int DATAGRAMS_PER_LOOP = 32;

  private final AtomicInteger pending = new AtomicInteger();

  HandshakeReads() {
    super(DATAGRAM_BYTES);
    maxMessagesPerRead(DATAGRAMS_PER_LOOP);
  }

  void begin() {
    pending.incrementAndGet();
  }

  void end() {
    pending.decrementAndGet();
  }

  int pending() {
    return pending.get();
  }

  @Override
  @SuppressWarnings("deprecation") // the base class has no other way
  public Handle newHandle() {
    return new PermittedReads((ExtendedHandle) super.newHandle(), () -> pending.get() == 0);
  }
}

package io.quicpool.transport.netty;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Gives a channel the buffers of so many datagrams, and then refuses.
 *
 * <p>A close can make the codec send empty packets for ever (N17). It takes a buffer for each, so
 * that this is where it can be stopped: the close then fails and frees the connection. Confined to
 * the event loop.
 */
final class SendLimit extends AbstractByteBufAllocator {
  private final ByteBufAllocator allocator;
  private long left;

  SendLimit(ByteBufAllocator allocator, long datagrams) {
    super(true);
    this.allocator = allocator;
    this.left = datagrams;
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    if (left == 0) {
      throw new IllegalStateException("a close sends more than the connection can have queued");
    }
    left--;
    return allocator.directBuffer(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return allocator.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return allocator.isDirectBufferPooled();
  }
}

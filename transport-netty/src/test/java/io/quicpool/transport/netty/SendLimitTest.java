package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

/** What ends a close that would send for ever (N17). */
class SendLimitTest {
  @Test
  void asManyBuffersAsDatagramsAndNoMore() {
    SendLimit limit = new SendLimit(UnpooledByteBufAllocator.DEFAULT, 2);
    for (int i = 0; i < 2; i++) {
      ByteBuf buffer = limit.directBuffer(1200);
      assertEquals(1200, buffer.capacity());
      buffer.release();
    }
    assertThrows(IllegalStateException.class, () -> limit.directBuffer(1200));
    limit.heapBuffer(10).release();
  }
}

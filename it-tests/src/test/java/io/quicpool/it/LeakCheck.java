package io.quicpool.it;

import io.netty.buffer.PooledByteBufAllocator;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Makes netty say, after the tests of a class, which buffers were collected without having been
 * released (R6): it looks when one is allocated, and the build looks for what it says.
 */
public final class LeakCheck implements AfterAllCallback {
  private static final int LOOKS = 100;

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<Object> sign = new WeakReference<>(new Object(), queue);
    do {
      System.gc();
    } while (queue.remove(100) != sign);
    for (int i = 0; i < LOOKS; i++) {
      PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    }
  }
}

package io.quicpool.transport.kwik;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps kwik's interrupts from users' code (K9). Kwik looks who waits on a stream that ends, and
 * interrupts that thread a moment later; by then it may have left, because we woke it, or because
 * what it waited for came. So who leaves a stream that has ended waits for that interrupt, and
 * takes it away.
 *
 * <p>How long that moment is, is for the scheduler to say. Where the stream alone ended, kwik's is
 * as a rule the interrupt that woke the waiting one, and none is to come. Where the connection
 * ended, we wake it too, from another thread, while kwik goes through its streams: then it may be
 * off the processor between its look and its interrupt.
 */
final class StrayInterrupts {
  private static final long STREAM_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long WORKER_NANOS = TimeUnit.MILLISECONDS.toNanos(20); // nobody waits for it
  private static final long CONNECTION_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private StrayInterrupts() {}

  /** Of a stream that has ended, on a connection that is up or not. */
  static void await(Object blocker, boolean connectionUp) {
    await(blocker, connectionUp ? STREAM_NANOS : CONNECTION_NANOS);
  }

  /** On a thread of ours. */
  static void awaitOnWorker(Object blocker) {
    await(blocker, WORKER_NANOS);
  }

  private static void await(Object blocker, long nanos) {
    long end = System.nanoTime() + nanos;
    long left = nanos;
    while (!Thread.interrupted() && left > 0) {
      // Again if need be: the interrupt that has just ended kwik's wait lets a park pass at once.
      LockSupport.parkNanos(blocker, left);
      left = end - System.nanoTime();
    }
  }
}

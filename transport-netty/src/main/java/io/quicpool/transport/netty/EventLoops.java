package io.quicpool.transport.netty;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** The event loops of one endpoint, and their threads, which have ended when it is closed. */
final class EventLoops {
  private static final long PATIENCE_MILLIS = 5_000;

  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final EventLoopGroup group;

  EventLoops(int count) {
    group =
        new NioEventLoopGroup(
            count,
            new DefaultThreadFactory("quicpool-netty", true) {
              @Override
              protected Thread newThread(Runnable task, String name) {
                Thread thread = super.newThread(task, name);
                threads.add(thread);
                return thread;
              }
            });
  }

  EventLoopGroup group() {
    return group;
  }

  /** Whether the caller is one of the loops, which must not wait for itself. */
  boolean isCaller() {
    for (EventExecutor loop : group) {
      if (loop.inEventLoop()) {
        return true;
      }
    }
    return false;
  }

  void shutDown() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Shuts down and waits for the threads; an interrupt ends the wait, not the shutdown. */
  void close() {
    shutDown();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    try {
      for (Thread thread : threads) {
        // Termination is told by the thread itself, just before it ends.
        thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

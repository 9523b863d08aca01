package io.quicpool.transport.netty;

import io.quicpool.QuicStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands the streams that the peer opens to the connection's handler, each as a task of its own.
 * Those that come before a handler is set wait; the stream limit bounds how many.
 */
final class IncomingStreams {
  private final Executor executor;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<QuicStream> early = new ArrayList<>(); // guarded by lock
  private @Nullable Consumer<QuicStream> handler; // guarded by lock

  IncomingStreams(Executor executor) {
    this.executor = executor;
  }

  void handler(Consumer<QuicStream> newHandler) {
    List<QuicStream> waiting;
    lock.lock();
    try {
      if (handler != null) {
        throw new IllegalStateException("a stream handler was set before");
      }
      handler = newHandler;
      waiting = List.copyOf(early);
      early.clear();
    } finally {
      lock.unlock();
    }
    waiting.forEach(stream -> handOver(newHandler, stream));
  }

  void add(QuicStream stream) {
    Consumer<QuicStream> target;
    lock.lock();
    try {
      target = handler;
      if (target == null) {
        early.add(stream);
        return;
      }
    } finally {
      lock.unlock();
    }
    handOver(target, stream);
  }

  private void handOver(Consumer<QuicStream> target, QuicStream stream) {
    try {
      executor.execute(() -> call(target, stream));
    } catch (RejectedExecutionException e) {
      stream.close(); // nobody can take it: the peer sees a reset
    }
  }

  private static void call(Consumer<QuicStream> target, QuicStream stream) {
    try {
      target.accept(stream);
    } catch (RuntimeException | Error e) {
      stream.close();
      throw e; // for the executor's own handling
    }
  }
}

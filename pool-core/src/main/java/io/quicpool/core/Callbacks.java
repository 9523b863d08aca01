package io.quicpool.core;

import io.quicpool.PoolListener;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs users' code: on the executor they gave, or on daemon threads of the pool's own. The listener
 * is called one call at a time, in the order of the decisions; what it throws is logged.
 */
final class Callbacks implements AutoCloseable {
  static final System.Logger LOG = System.getLogger("io.quicpool");

  private final Executor executor;
  private final @Nullable ExecutorService owned;
  private final @Nullable PoolListener listener;

  private final ReentrantLock queueLock = new ReentrantLock();
  private final ArrayDeque<Consumer<PoolListener>> queue = new ArrayDeque<>(); // by queueLock
  private boolean delivering; // by queueLock

  Callbacks(Optional<Executor> given, Optional<PoolListener> listener) {
    if (given.isPresent()) {
      this.owned = null;
      this.executor = given.get();
    } else {
      ExecutorService threads = ownThreads();
      this.owned = threads;
      this.executor = threads;
    }
    this.listener = listener.orElse(null);
  }

  private static ExecutorService ownThreads() {
    AtomicInteger count = new AtomicInteger();
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(task, "quicpool-callback-" + count.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  Executor executor() {
    return this::execute;
  }

  /** Runs a task on the executor; on this thread if the executor refuses, since it must run. */
  void execute(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      if (owned == null) {
        LOG.log(Level.WARNING, "the executor refused a task, which runs on the caller's thread", e);
      }
      task.run();
    }
  }

  /**
   * Queues what the listener is to be told, and leaves it to the effects to bring it: called by a
   * decision, so that the queue has the order of the decisions. Without a listener it costs
   * nothing.
   */
  void tell(Consumer<PoolListener> event, Effects effects) {
    if (listener == null) {
      return;
    }
    queueLock.lock();
    try {
      queue.addLast(event);
    } finally {
      queueLock.unlock();
    }
    effects.add(() -> deliver(listener));
  }

  private void deliver(PoolListener told) {
    queueLock.lock();
    try {
      if (delivering || queue.isEmpty()) {
        return;
      }
      delivering = true;
    } finally {
      queueLock.unlock();
    }
    execute(() -> deliverAll(told));
  }

  private void deliverAll(PoolListener told) {
    for (Consumer<PoolListener> event = next(); event != null; event = next()) {
      try {
        event.accept(told);
      } catch (RuntimeException | Error e) {
        LOG.log(Level.WARNING, "the pool's listener threw; nothing else is affected", e);
      }
    }
  }

  private @Nullable Consumer<PoolListener> next() {
    queueLock.lock();
    try {
      Consumer<PoolListener> event = queue.pollFirst();
      delivering = event != null;
      return event;
    } finally {
      queueLock.unlock();
    }
  }

  /** Lets what is queued finish, and ends threads of its own. */
  @Override
  public void close() {
    if (owned != null) {
      owned.shutdown();
    }
  }
}

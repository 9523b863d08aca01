package io.quicpool.core;

import io.quicpool.PoolListener;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
 * Runs users' code: on the executor they gave, or on daemon threads of the pool's own. The
 * listeners are called one call at a time, in the order of the decisions; what they throw is
 * logged.
 */
final class Callbacks implements AutoCloseable {
  static final System.Logger LOG = System.getLogger("io.quicpool");

  private final Executor executor;
  private final @Nullable ExecutorService owned;
  private volatile List<PoolListener> listeners; // immutable; replaced under queueLock

  private final ReentrantLock queueLock = new ReentrantLock();
  private final ArrayDeque<Event> queue = new ArrayDeque<>(); // by queueLock
  private boolean delivering; // by queueLock

  /** What is told, and who listened when it happened: who came later is not told. */
  private record Event(Consumer<PoolListener> told, List<PoolListener> to) {}

  Callbacks(Optional<Executor> given, List<PoolListener> listeners) {
    if (given.isPresent()) {
      this.owned = null;
      this.executor = given.get();
    } else {
      ExecutorService threads = ownThreads();
      this.owned = threads;
      this.executor = threads;
    }
    this.listeners = List.copyOf(listeners);
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

  void add(PoolListener listener) {
    queueLock.lock();
    try {
      List<PoolListener> more = new ArrayList<>(listeners);
      more.add(listener);
      listeners = List.copyOf(more);
    } finally {
      queueLock.unlock();
    }
  }

  boolean remove(PoolListener listener) {
    queueLock.lock();
    try {
      List<PoolListener> fewer = new ArrayList<>(listeners);
      boolean was = fewer.remove(listener);
      listeners = List.copyOf(fewer);
      return was;
    } finally {
      queueLock.unlock();
    }
  }

  /**
   * Queues what the listeners are to be told, and leaves it to the effects to bring it: called by a
   * decision, so that the queue has the order of the decisions. Without a listener it costs
   * nothing.
   */
  void tell(Consumer<PoolListener> event, Effects effects) {
    if (listeners.isEmpty()) {
      return;
    }
    queueLock.lock();
    try {
      queue.addLast(new Event(event, listeners));
    } finally {
      queueLock.unlock();
    }
    effects.add(this::deliver);
  }

  private void deliver() {
    queueLock.lock();
    try {
      if (delivering || queue.isEmpty()) {
        return;
      }
      delivering = true;
    } finally {
      queueLock.unlock();
    }
    execute(this::deliverAll);
  }

  private void deliverAll() {
    for (Event event = next(); event != null; event = next()) {
      for (PoolListener listener : event.to()) {
        if (listeners.contains(listener)) { // else it was removed meanwhile
          tell(listener, event.told());
        }
      }
    }
  }

  private static void tell(PoolListener listener, Consumer<PoolListener> event) {
    try {
      event.accept(listener);
    } catch (RuntimeException | Error e) {
      LOG.log(Level.WARNING, "a listener of the pool threw; nothing else is affected", e);
    }
  }

  private @Nullable Event next() {
    queueLock.lock();
    try {
      Event event = queue.pollFirst();
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

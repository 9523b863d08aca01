package io.quicpool.core;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;

/**
 * What a decision leads to, collected under the lock of {@link Decisions} and done after it was let
 * go: closing connections, starting dials, completing futures, telling the listener. One thread's.
 */
final class Effects {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>(4);

  void add(Runnable task) {
    tasks.addLast(task);
  }

  /**
   * Runs everything in order. A task that throws harms neither the others nor the caller, who may
   * have nothing to do with it: it is logged.
   */
  void run() {
    for (Runnable task = tasks.pollFirst(); task != null; task = tasks.pollFirst()) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        Callbacks.LOG.log(Level.ERROR, "a step of the pool failed; the others go on", e);
      }
    }
  }
}

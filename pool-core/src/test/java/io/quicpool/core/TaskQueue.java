package io.quicpool.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** An executor whose tasks wait until a test runs them. */
final class TaskQueue implements Executor {
  private final List<Runnable> tasks = new ArrayList<>();
  private final IntUnaryOperator next; // which of that many

  /** They run in the order in which they came. */
  TaskQueue() {
    this.next = waiting -> 0;
  }

  /** They run in any order, as on threads of which some are slow. */
  TaskQueue(Random random) {
    this.next = random::nextInt;
  }

  @Override
  public synchronized void execute(Runnable task) {
    tasks.add(task);
  }

  private synchronized @Nullable Runnable next() {
    return tasks.isEmpty() ? null : tasks.remove(next.applyAsInt(tasks.size()));
  }

  synchronized int size() {
    return tasks.size();
  }

  /** False if there is none. */
  boolean runOne() {
    Runnable task = next();
    if (task != null) {
      task.run();
    }
    return task != null;
  }

  /** How many it ran. */
  int runAll() {
    int count = 0;
    while (runOne()) {
      count++;
    }
    return count;
  }
}

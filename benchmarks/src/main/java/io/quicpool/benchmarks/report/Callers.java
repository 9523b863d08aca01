package io.quicpool.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that do the same thing at the same time. */
public final class Callers {

  /** What one of them does; it returns what it saw. */
  @FunctionalInterface
  public interface Work<T> {
    T run(int caller) throws Exception;
  }

  private Callers() {}

  /** Lets so many loose, waits for all, and returns what they saw; any failure is one of all. */
  public static <T> List<T> together(int callers, Work<T> work)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try {
      List<Callable<T>> all = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        int caller = i;
        all.add(() -> work.run(caller));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : threads.invokeAll(all)) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}

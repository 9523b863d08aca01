package io.quicpool.benchmarks.net;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** Messages of 64 random bytes, each compared with its echo. */
final class Messages {
  private static final int BYTES = 64;
  private static final int DIGITS = 3;

  private Messages() {}

  /** The median of so many messages one after the other, in nanoseconds. */
  static double medianNanos(Talker talker, int peers, int count) throws IOException {
    SplittableRandom random = new SplittableRandom(count);
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      byte[] request = message(random);
      long start = System.nanoTime();
      byte[] reply = talker.exchange(i % peers, request);
      nanos[i] = System.nanoTime() - start;
      check(request, reply);
    }
    Arrays.sort(nanos);
    return nanos[count / 2];
  }

  /** How many messages a second so many callers get through, each as fast as it can. */
  static double perSecond(Talker talker, int peers, int callers, int count)
      throws InterruptedException, ExecutionException {
    AtomicInteger next = new AtomicInteger();
    long start = System.nanoTime();
    together(
        callers,
        caller -> {
          SplittableRandom random = new SplittableRandom(caller);
          int sent = 0;
          for (; next.getAndIncrement() < count; sent++) {
            byte[] request = message(random);
            check(request, talker.exchange(random.nextInt(peers), request));
          }
          return sent;
        });
    return count / ((System.nanoTime() - start) / 1e9);
  }

  /**
   * An open loop: messages begin at random times that do not wait for the ones before, and each is
   * timed from when it was due, so that a stall counts for all that it holds up.
   */
  static Histogram openLoop(Talker talker, int peers, int callers, int count, double perSecond)
      throws InterruptedException, ExecutionException {
    long[] due = arrivals(count, perSecond);
    AtomicInteger next = new AtomicInteger();
    long start = System.nanoTime();
    Histogram all = new Histogram(DIGITS);
    for (Histogram one :
        together(
            callers,
            caller -> {
              SplittableRandom random = new SplittableRandom(caller);
              Histogram nanos = new Histogram(DIGITS);
              for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                byte[] request = message(random);
                for (long left = start + due[n] - System.nanoTime();
                    left > 0;
                    left = start + due[n] - System.nanoTime()) {
                  LockSupport.parkNanos(left);
                }
                check(request, talker.exchange(random.nextInt(peers), request));
                nanos.recordValue(System.nanoTime() - start - due[n]);
              }
              return nanos;
            })) {
      all.add(one);
    }
    return all;
  }

  private static long[] arrivals(int count, double perSecond) {
    SplittableRandom random = new SplittableRandom(7);
    long[] due = new long[count];
    double at = 0;
    for (int i = 0; i < count; i++) {
      at -= Math.log(1 - random.nextDouble()) / perSecond * 1e9;
      due[i] = (long) at;
    }
    return due;
  }

  private interface Work<T> {
    T run(int caller) throws Exception;
  }

  private static <T> List<T> together(int callers, Work<T> work)
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

  private static byte[] message(SplittableRandom random) {
    byte[] message = new byte[BYTES];
    random.nextBytes(message);
    return message;
  }

  static void check(byte[] request, byte[] reply) {
    if (!Arrays.equals(request, reply)) {
      throw new IllegalStateException(
          "an echo must be what was sent, "
              + request.length
              + " bytes came back as "
              + reply.length);
    }
  }
}

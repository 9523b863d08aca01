package io.quicpool.benchmarks.net;

import io.quicpool.benchmarks.report.Callers;
import io.quicpool.benchmarks.report.Duel;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** Messages of 64 random bytes, each compared with its echo. */
final class Messages {
  private static final int BYTES = 64;
  private static final int DIGITS = 3;

  private Messages() {}

  /** One way to send a message and get its echo. */
  @FunctionalInterface
  interface Exchange {
    byte[] with(byte[] request) throws IOException;
  }

  /** How long one message takes, in nanoseconds. */
  static double nanos(SplittableRandom random, Exchange exchange) throws IOException {
    byte[] request = message(random);
    long start = System.nanoTime();
    byte[] reply = exchange.with(request);
    double nanos = System.nanoTime() - start;
    check(request, reply);
    return nanos;
  }

  /** The median of so many messages one after the other, in nanoseconds. */
  static double medianNanos(Talker talker, int peers, int count) throws IOException {
    SplittableRandom random = new SplittableRandom(count);
    double[] nanos = new double[count];
    for (int i = 0; i < count; i++) {
      int peer = i % peers;
      nanos[i] = nanos(random, request -> talker.exchange(peer, request));
    }
    return Duel.median(nanos);
  }

  /** How many messages a second so many callers get through, each as fast as it can. */
  static double perSecond(Talker talker, int peers, int callers, int count)
      throws InterruptedException, ExecutionException {
    AtomicInteger next = new AtomicInteger();
    long start = System.nanoTime();
    Callers.together(
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

  /** An empty one, for nanoseconds. */
  static Histogram histogram() {
    return new Histogram(DIGITS);
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
    Histogram all = histogram();
    for (Histogram one :
        Callers.together(
            callers,
            caller -> {
              SplittableRandom random = new SplittableRandom(caller);
              Histogram nanos = histogram();
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

  private static byte[] message(SplittableRandom random) {
    byte[] message = new byte[BYTES];
    random.nextBytes(message);
    return message;
  }

  private static void check(byte[] request, byte[] reply) {
    if (!Arrays.equals(request, reply)) {
      throw new IllegalStateException(
          "an echo must be what was sent, "
              + request.length
              + " bytes came back as "
              + reply.length);
    }
  }
}

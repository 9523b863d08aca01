package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.ConnectionView;
import io.quicpool.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two pools that dial one another at the same moment. {@code -Drounds=1000} for as many rounds as
 * that; the default is a tenth of it.
 */
@Timeout(600)
class CrossDialIT {
  private static final int PAIRS = 10;
  private static final int ROUNDS = Integer.getInteger("rounds", 100) / PAIRS;

  @Test
  void bothEndWithTheSameConnectionAndNoMessageIsLost() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<?>> pairs = new ArrayList<>();
      AtomicInteger crossed = new AtomicInteger();
      for (int pair = 0; pair < PAIRS; pair++) {
        pairs.add(threads.submit(() -> rounds(threads, crossed)));
      }
      for (Future<?> pair : pairs) {
        pair.get();
      }
      System.out.println(crossed + " of " + PAIRS * ROUNDS + " rounds had two connections");
      assertTrue(crossed.get() > PAIRS * ROUNDS / 2, "the dials met too seldom: " + crossed);
    } finally {
      threads.shutdownNow();
    }
  }

  private static Void rounds(ExecutorService threads, AtomicInteger crossed) throws Exception {
    try (Member one = new Member("netty", Member.identity(), builder -> {});
        Member two = new Member("netty", Member.identity(), builder -> {})) {
      int dials = 0;
      for (int round = 1; round <= ROUNDS; round++) {
        dialEachOther(threads, one, two, round);
        int now = round;
        Await.until(() -> isSettled(one) && isSettled(two), () -> state(now, one, two));
        ConnectionView ofOne = one.viewOf(two);
        ConnectionView ofTwo = two.viewOf(one);
        ConnectionView dialled = ofOne.origin() == Origin.DIALLED ? ofOne : ofTwo;
        Member dialler = dialled == ofOne ? one : two;
        Member accepting = dialler == one ? two : one;
        ConnectionView accepted = dialled == ofOne ? ofTwo : ofOne;
        assertEquals(Origin.ACCEPTED, accepted.origin(), state(now, one, two));
        assertEquals(
            accepting.pool.listenAddress().orElseThrow().getPort(),
            dialled.remoteAddress().getPort());
        assertEquals(accepting.peer(), dialled.peer());
        assertEquals(dialler.peer(), accepted.peer());
        long made = one.pool.stats().dials() + two.pool.stats().dials();
        assertTrue(made - dials <= 2, "the loser is not redialled: " + state(now, one, two));
        crossed.addAndGet((int) made - dials - 1);
        dials = (int) made;
        one.pool.invalidate(two.peer());
        two.pool.invalidate(one.peer());
        Await.until(() -> isEmpty(one) && isEmpty(two), () -> state(now, one, two));
      }
    }
    return null;
  }

  private static void dialEachOther(ExecutorService threads, Member one, Member two, int round)
      throws Exception {
    CyclicBarrier barrier = new CyclicBarrier(2);
    Future<?> ofTwo = threads.submit(talk(barrier, two, one, "two in round " + round));
    talk(barrier, one, two, "one in round " + round).call();
    ofTwo.get();
  }

  private static Callable<Void> talk(CyclicBarrier barrier, Member from, Member to, String text) {
    return () -> {
      barrier.await();
      for (int i = 0; i < 5; i++) {
        Talk.message(from.pool, to.peer(), text + ", message " + i);
      }
      return null;
    };
  }

  private static boolean isSettled(Member member) {
    return member.pool.stats().open() == 1
        && member.pool.stats().draining() == 0
        && member.pool.stats().dialling() == 0;
  }

  private static boolean isEmpty(Member member) {
    return member.pool.stats().open() == 0 && member.pool.stats().draining() == 0;
  }

  private static String state(int round, Member one, Member two) {
    return "in round " + round + ": " + one.pool.stats() + " and " + two.pool.stats();
  }

  @ParameterizedTest
  @MethodSource("io.quicpool.it.Stacks#names")
  void whateverTheStacksNoMessageIsLost(String transport) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Member one = new Member(transport, Member.identity(), builder -> {});
        Member two = new Member("netty", Member.identity(), builder -> {})) {
      dialEachOther(threads, one, two, 1);
      boolean named = one.pool.capabilities().contains(Capability.CLIENT_CERTIFICATES);
      Await.until(
          () -> named ? isSettled(one) && isSettled(two) : one.pool.stats().dialling() == 0,
          () -> state(1, one, two));
      for (int i = 0; i < 20; i++) {
        dialEachOther(threads, one, two, i);
      }
      assertEquals(1, one.pool.stats().dials());
      assertEquals(1, two.pool.stats().dials());
    } finally {
      threads.shutdownNow();
    }
  }
}

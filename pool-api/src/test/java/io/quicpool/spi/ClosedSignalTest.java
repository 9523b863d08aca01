package io.quicpool.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClosedSignalTest {
  private static final CloseReason BYE = CloseReason.local(1, "bye");
  private static final CloseReason LATE = CloseReason.local(2, "late");

  private final ClosedSignal signal = new ClosedSignal();

  @Test
  void everyoneIsToldOnceInTheOrderInWhichTheyCame() {
    List<String> told = new ArrayList<>();
    signal.onClosed(reason -> told.add("first " + reason.code()));
    signal.onClosed(reason -> told.add("second " + reason.code()));
    signal.onClosed(reason -> told.add("third " + reason.code()));

    assertTrue(signal.complete(BYE));
    assertFalse(signal.complete(LATE));

    assertEquals(List.of("first 1", "second 1", "third 1"), told);
  }

  @Test
  void whoComesAfterTheEndIsToldAtOnce() {
    signal.complete(BYE);
    List<CloseReason> told = new ArrayList<>();

    signal.onClosed(told::add);

    assertEquals(List.of(BYE), told);
  }

  @Test
  void theReasonIsThereFromTheEndOn() {
    assertEquals(Optional.empty(), signal.reason());
    signal.complete(BYE);
    assertSame(BYE, signal.reason().orElseThrow());
  }

  @Test
  void aStageCompletesWithTheReasonAndCannotBeCompletedByItsHolder() {
    CompletableFuture<CloseReason> mine = signal.stage().toCompletableFuture();
    mine.complete(LATE);
    CompletableFuture<CloseReason> other = signal.stage().toCompletableFuture();

    signal.complete(BYE);

    assertSame(BYE, other.join());
    assertSame(BYE, signal.stage().toCompletableFuture().join());
  }

  @Test
  void oneThatThrowsKeepsNobodyElseFromBeingTold() {
    List<CloseReason> told = new ArrayList<>();
    signal.onClosed(
        reason -> {
          throw new IllegalStateException("planted");
        });
    signal.onClosed(told::add);

    assertTrue(signal.complete(BYE));
    assertEquals(List.of(BYE), told);
  }

  @Test
  void anyNumberMayWait() {
    AtomicInteger told = new AtomicInteger();
    for (int i = 0; i < 200_000; i++) {
      signal.onClosed(reason -> told.incrementAndGet());
    }

    signal.complete(BYE);

    assertEquals(200_000, told.get());
  }

  @Test
  void noneIsMissedWhoComesInTheMomentOfTheEnd() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 2_000; round++) {
        ClosedSignal racing = new ClosedSignal();
        AtomicInteger told = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        Future<?> waits =
            threads.submit(
                () -> {
                  start.await();
                  racing.onClosed(reason -> told.incrementAndGet());
                  racing.onClosed(reason -> told.incrementAndGet());
                  return null;
                });
        Future<?> ends =
            threads.submit(
                () -> {
                  start.await();
                  return racing.complete(BYE);
                });
        start.countDown();
        waits.get();
        ends.get();
        assertEquals(2, told.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }
}

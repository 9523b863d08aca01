package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** K1 where packets are lost. */
@Timeout(20)
class WakeUpGuardTest {
  private static final String ACKNOWLEDGED = "Bytes in flight decreased to 0 (1 packets acked)";
  private static final String TIMER_SET = "cancelling loss detection timer";
  private static final String RETRANSMISSION = "Retransmitted lost stream frame x";

  private final WakeUpGuard guard = new WakeUpGuard(TimeUnit.SECONDS.toNanos(10));
  private final Kwik kwik = new Kwik();

  /** A thread of kwik's: it runs while it has nothing to do, as one does between its log lines. */
  private static final class Kwik implements Executor {
    private final AtomicReference<Runnable> next = new AtomicReference<>();
    private volatile boolean over;

    Kwik() {
      Thread thread = new Thread(this::spin);
      thread.setDaemon(true);
      thread.start();
    }

    private void spin() {
      while (!over) {
        Runnable task = next.getAndSet(null);
        if (task != null) {
          task.run();
        }
        Thread.onSpinWait();
      }
    }

    @Override
    public void execute(Runnable task) {
      next.set(task);
    }
  }

  @AfterEach
  void close() {
    kwik.over = true;
  }

  private void onKwiksThread(Runnable task) throws Exception {
    CompletableFuture.runAsync(task, kwik).get(5, TimeUnit.SECONDS);
  }

  @Test
  void aLastByteWaitsWhileLossesAreLookedFor() throws Exception {
    onKwiksThread(() -> guard.debug(ACKNOWLEDGED));
    CompletableFuture<Void> write = CompletableFuture.runAsync(guard::beginWrite);
    assertThrows(TimeoutException.class, () -> write.get(50, TimeUnit.MILLISECONDS));
    onKwiksThread(() -> guard.recovery(TIMER_SET));
    write.get(5, TimeUnit.SECONDS);
  }

  @Test
  void lossesAreNotLookedForWhileALastByteIsWritten() throws Exception {
    guard.beginWrite();
    CompletableFuture<Void> search =
        CompletableFuture.runAsync(() -> guard.debug(ACKNOWLEDGED), kwik);
    assertThrows(TimeoutException.class, () -> search.get(50, TimeUnit.MILLISECONDS));
    guard.endWrite();
    search.get(5, TimeUnit.SECONDS);
  }

  @Test
  void aRetransmissionWaitsForBoth() throws Exception {
    guard.beginWrite();
    CompletableFuture<Void> sender =
        CompletableFuture.runAsync(() -> guard.recovery(RETRANSMISSION));
    assertThrows(TimeoutException.class, () -> sender.get(50, TimeUnit.MILLISECONDS));
    guard.endWrite();
    sender.get(5, TimeUnit.SECONDS);
    assertEquals(1, guard.retransmissions());
  }

  @Test
  void writersDoNotWaitForEachOther() {
    guard.beginWrite();
    CompletableFuture.runAsync(guard::beginWrite).join();
    guard.endWrite();
    guard.endWrite();
  }

  @Test
  void anEndThatIsNeverToldCostsAMomentOnly() throws Exception {
    WakeUpGuard hasty = new WakeUpGuard(TimeUnit.MILLISECONDS.toNanos(20));
    onKwiksThread(() -> hasty.debug(ACKNOWLEDGED));
    CompletableFuture.runAsync(hasty::beginWrite).get(5, TimeUnit.SECONDS);
  }

  @Test
  void aThreadThatWaitsLooksForNothing() throws Exception {
    Thread idle =
        new Thread(
            () -> {
              guard.debug(ACKNOWLEDGED);
              LockSupport.park();
            });
    idle.setDaemon(true);
    idle.start();
    while (idle.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    CompletableFuture.runAsync(guard::beginWrite).get(5, TimeUnit.SECONDS);
    idle.interrupt();
  }
}

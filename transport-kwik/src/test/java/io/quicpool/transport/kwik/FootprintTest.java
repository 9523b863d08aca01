package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.quicpool.spi.QuicConnection;
import java.io.File;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What connections leave that were dialled and closed, both ends of each in this process (R5). */
@Timeout(600)
class FootprintTest {
  private static final int CHURN = Integer.getInteger("churn", 75);
  private static final int OPEN_AT_ONCE = 5;
  private static final Duration IDLE = Duration.ofSeconds(5);

  /**
   * What the process holds; descriptors are 0 where the system does not tell. The threads that the
   * test gives to handlers are its own.
   */
  private record Footprint(int descriptors, List<String> threads) {

    static Footprint now() {
      String[] open = new File("/proc/self/fd").list();
      return new Footprint(open == null ? 0 : open.length, live());
    }

    private static List<String> live() {
      return Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getName)
          .filter(name -> !name.equals("handler"))
          .sorted()
          .toList();
    }

    boolean isMoreThan(Footprint base) {
      return descriptors > base.descriptors + 2 || threads.size() > base.threads.size() + 2;
    }
  }

  /** Dials and closes, with some connections open at any time. */
  private static List<WeakReference<?>> churn(Pair pair, int count) throws Exception {
    List<WeakReference<?>> connections = new ArrayList<>();
    Queue<QuicConnection> open = new ArrayDeque<>();
    for (int i = 0; i < count; i++) {
      QuicConnection dialled = pair.dial();
      for (QuicConnection side : List.of(dialled, pair.accept())) {
        connections.add(
            new WeakReference<>(side.unwrap(tech.kwik.core.QuicConnection.class).orElseThrow()));
      }
      open.add(dialled);
      if (open.size() == OPEN_AT_ONCE) {
        open.remove().close(0, "");
      }
    }
    open.forEach(connection -> connection.close(0, ""));
    return connections;
  }

  private static long reachable(List<WeakReference<?>> connections) {
    System.gc();
    return connections.stream().filter(connection -> connection.get() != null).count();
  }

  /**
   * Until kwik has freed what it frees some round trips after a close, or after the idle timeout of
   * a connection whose close was lost on the way: no event tells.
   */
  private static Footprint settled(Footprint base, List<WeakReference<?>> connections)
      throws InterruptedException {
    Footprint now = Footprint.now();
    for (int i = 0; i < 150 && (now.isMoreThan(base) || reachable(connections) > 0); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
      now = Footprint.now();
    }
    return now;
  }

  @Test
  void whatWasDialledAndClosedLeavesNothing() throws Exception {
    try (Pair pair = new Pair(settings -> settings.idleTimeout(IDLE))) {
      Footprint empty = Footprint.now();
      churn(pair, 2 * OPEN_AT_ONCE); // what is made once is there from now on
      Footprint base = settled(empty, List.of());
      List<WeakReference<?>> connections = churn(pair, CHURN);
      Footprint end = settled(base, connections);
      System.out.printf(
          "R5 kwik: descriptors %+d, threads %+d%n",
          end.descriptors - base.descriptors, end.threads.size() - base.threads.size());
      assertFalse(end.isMoreThan(base), () -> base + ", then " + end);
      assertEquals(0, reachable(connections), "connections of kwik's");
    }
  }
}

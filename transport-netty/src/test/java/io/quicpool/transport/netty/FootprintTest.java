package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.quicpool.spi.QuicConnection;
import java.io.File;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What many connections hold, both ends of each in this process, and what they leave (R4, R5). */
@Timeout(300)
@ExtendWith(LeakCheck.class)
class FootprintTest {
  private static final int HELD = 1_000;
  private static final int CHURN = Integer.getInteger("churn", 5_000);
  private static final int OPEN_AT_ONCE = 20;
  private static final long MEGABYTE = 1 << 20;

  /** What the process holds; descriptors are 0 where the system does not tell. */
  private record Footprint(int descriptors, int threads, long directBytes) {

    static Footprint now() {
      String[] open = new File("/proc/self/fd").list();
      return new Footprint(
          open == null ? 0 : open.length, Thread.getAllStackTraces().size(), directMemory());
    }

    /** For a row of docs/reliability.md. */
    void print(String row, Footprint base) {
      System.out.printf(
          "%s %s: descriptors %+d, threads %+d, direct bytes %+d%n",
          row,
          FootprintTest.class.getPackageName(),
          descriptors - base.descriptors,
          threads - base.threads,
          directBytes - base.directBytes);
    }
  }

  /** What netty's allocators hold, whichever of them is the default. */
  private static long directMemory() {
    return Stream.of(
            PooledByteBufAllocator.DEFAULT,
            UnpooledByteBufAllocator.DEFAULT,
            ByteBufAllocator.DEFAULT)
        .distinct()
        .map(ByteBufAllocatorMetricProvider.class::cast)
        .mapToLong(allocator -> allocator.metric().usedDirectMemory())
        .sum();
  }

  /** Netty's pools, the codec's classes, and the executor's threads are there from the first on. */
  private static Footprint warmedUp(Pair pair) throws Exception {
    churn(pair, 10 * OPEN_AT_ONCE);
    Footprint now = Footprint.now();
    assertTrue(now.directBytes > 0, "direct memory is counted");
    return now;
  }

  /** Dials and closes, with some connections open at any time. */
  private static void churn(Pair pair, int count) throws Exception {
    Queue<QuicConnection> open = new ArrayDeque<>();
    for (int i = 0; i < count; i++) {
      open.add(pair.dial());
      if (open.size() == OPEN_AT_ONCE) {
        open.remove().close(0, "");
      }
      pair.accepted.clear();
    }
    for (QuicConnection connection : open) {
      connection.close(0, "");
      connection.closed().toCompletableFuture().get(15, TimeUnit.SECONDS);
    }
  }

  @Test
  void aThousandConnectionsHoldNoDescriptorsAndLittleDirectMemory() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      Footprint base = warmedUp(pair);
      List<QuicConnection> held = new ArrayList<>();
      for (int i = 0; i < HELD; i++) {
        held.add(pair.dial());
      }
      Footprint now = Footprint.now();
      now.print("R4", base);
      assertEquals(HELD, held.stream().filter(QuicConnection::isOpen).count());
      assertTrue(now.descriptors <= base.descriptors + 5, () -> base + ", then " + now);
      assertTrue(now.threads <= base.threads + 2, () -> base + ", then " + now);
      assertTrue(now.directBytes <= base.directBytes + 4 * MEGABYTE, () -> base + ", then " + now);
    }
  }

  @Test
  void whatWasDialledAndClosedLeavesNothing() throws Exception {
    try (Pair pair = new Pair(Pair::echo)) {
      Footprint base = warmedUp(pair);
      churn(pair, CHURN);
      Footprint now = Footprint.now();
      for (int i = 0; i < 100 && isMore(now, base); i++) {
        TimeUnit.MILLISECONDS.sleep(100); // until the listener's side has drained: no event tells
        now = Footprint.now();
      }
      Footprint end = now;
      end.print("R5", base);
      assertTrue(!isMore(end, base), () -> base + ", then " + end);
    }
  }

  private static boolean isMore(Footprint now, Footprint base) {
    return now.descriptors > base.descriptors + 2
        || now.threads > base.threads + 2
        || now.directBytes > base.directBytes;
  }
}

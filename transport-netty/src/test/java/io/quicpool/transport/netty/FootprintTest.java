package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.incubator.codec.quic.QuicChannel;
import io.quicpool.spi.QuicConnection;
import java.io.File;
import java.lang.ref.WeakReference;
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
  private static final int CHURN = Integer.getInteger("churn", 1_500);
  private static final int OPEN_AT_ONCE = 20;
  private static final long MEGABYTE = 1_000_000;

  /**
   * What the process holds; descriptors are 0 where the system does not tell. The threads that the
   * test gives to handlers are its own.
   */
  private record Footprint(int descriptors, int threads, long directBytes) {

    static Footprint now() {
      String[] open = new File("/proc/self/fd").list();
      return new Footprint(open == null ? 0 : open.length, threadsButHandlers(), directMemory());
    }

    private static int threadsButHandlers() {
      return (int)
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> !thread.getName().equals("handler"))
              .count();
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
  private static List<WeakReference<QuicChannel>> churn(Pair pair, int count) throws Exception {
    List<WeakReference<QuicChannel>> channels = new ArrayList<>();
    Queue<QuicConnection> open = new ArrayDeque<>();
    for (int i = 0; i < count; i++) {
      QuicConnection dialled = pair.dial();
      QuicConnection accepted = pair.accepted.poll(15, TimeUnit.SECONDS);
      channels.add(new WeakReference<>(dialled.unwrap(QuicChannel.class).orElseThrow()));
      channels.add(new WeakReference<>(accepted.unwrap(QuicChannel.class).orElseThrow()));
      open.add(dialled);
      if (open.size() == OPEN_AT_ONCE) {
        open.remove().close(0, "");
      }
    }
    for (QuicConnection connection : open) {
      connection.close(0, "");
      connection.closed().toCompletableFuture().get(15, TimeUnit.SECONDS);
    }
    return channels;
  }

  private static long reachable(List<WeakReference<QuicChannel>> channels) {
    System.gc();
    return channels.stream().filter(channel -> channel.get() != null).count();
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
      List<WeakReference<QuicChannel>> channels = churn(pair, CHURN);
      Footprint now = Footprint.now();
      for (int i = 0; i < 100 && (isMore(now, base) || reachable(channels) > 0); i++) {
        TimeUnit.MILLISECONDS.sleep(100); // until the listener's side has drained: no event tells
        now = Footprint.now();
      }
      Footprint end = now;
      end.print("R5", base);
      assertTrue(!isMore(end, base), () -> base + ", then " + end);
      assertEquals(0, reachable(channels), "channels");
    }
  }

  private static boolean isMore(Footprint now, Footprint base) {
    return now.descriptors > base.descriptors + 2
        || now.threads > base.threads + 2
        || now.directBytes > base.directBytes;
  }
}

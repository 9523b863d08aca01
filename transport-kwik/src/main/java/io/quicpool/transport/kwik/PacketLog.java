package io.quicpool.transport.kwik;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What arrived from one remote address. Kwik counts what it sends but not what it receives, so the
 * sockets count for it. They see datagrams before they are decrypted: whoever can forge the remote
 * address can forge a sign of life.
 */
final class PacketLog {
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicReference<@Nullable CompletableFuture<Boolean>> next =
      new AtomicReference<>();
  private volatile long lastNanos = System.nanoTime();

  void received(int length) {
    bytes.addAndGet(length);
    lastNanos = System.nanoTime();
    if (next.get() != null) {
      CompletableFuture<Boolean> waiting = next.getAndSet(null);
      if (waiting != null) {
        waiting.completeAsync(() -> true); // the receiving thread must not run what depends on it
      }
    }
  }

  /** Completes with true when the next packet is seen. */
  CompletableFuture<Boolean> nextPacket() {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    CompletableFuture<Boolean> waiting =
        next.accumulateAndGet(mine, (present, given) -> present == null ? given : present);
    return waiting == null ? mine : waiting;
  }

  long lastNanos() {
    return lastNanos;
  }

  long bytes() {
    return bytes.get();
  }
}

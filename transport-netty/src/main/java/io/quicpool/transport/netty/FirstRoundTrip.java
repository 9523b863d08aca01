package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionStats;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Knows whether a dialled connection has heard from the listener after the handshake, which
 * confirms it (RFC 9001, section 4.1.2).
 *
 * <p>Until then quiche writes no application close: the frame is silently left out, the peer waits
 * for its idle timeout, and if a probe timeout is due at that moment the codec sends empty packets
 * for ever, with its event loop (N17). So an application close waits for the confirmation, and if
 * none comes, or the peer is silent for long, a transport close is sent in its place, which quiche
 * can write at any time.
 *
 * <p>Confined to the event loop.
 */
final class FirstRoundTrip {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final QuicChannel channel;
  private final long startNanos = System.nanoTime();
  private boolean over;
  private boolean asked;
  private long before;

  /** A listener's handshake is confirmed when it ends; a dialler's is not. */
  FirstRoundTrip(QuicChannel channel, boolean dialled) {
    this.channel = channel;
    this.over = !dialled;
    if (dialled) {
      channel.collectStats().addListener(this::begun);
    }
  }

  private void begun(Future<? super QuicConnectionStats> future) {
    before = received(future);
  }

  /** Something that only a confirmed peer sends has come. */
  void heard() {
    over = true;
  }

  /** Calls once, with whether the handshake was confirmed within a second of its end. */
  void await(Liveness liveness, Consumer<Boolean> then) {
    if (over) {
      then.accept(true);
    } else {
      channel.collectStats().addListener(future -> judge(received(future), liveness, then));
    }
  }

  private void judge(long received, Liveness liveness, Consumer<Boolean> then) {
    if (received > before) {
      if (asked || !liveness.canProbe()) {
        over = true;
      } else { // it may have been a handshake packet that came twice: the next is an answer
        asked = true;
        before = received;
        liveness.elicit();
      }
    }
    if (over || !channel.isActive() || System.nanoTime() - startNanos > PATIENCE_NANOS) {
      then.accept(over);
    } else {
      channel.eventLoop().schedule(() -> await(liveness, then), LOOK_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private static long received(Future<?> future) {
    return future.isSuccess() && future.getNow() instanceof QuicConnectionStats stats
        ? stats.recv()
        : 0;
  }
}

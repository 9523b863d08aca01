package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionStats;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One question to the peer whether it is there: a packet that its stack has to acknowledge, and
 * looks for any that came since, until there is one or the asker's patience is at an end.
 *
 * <p>Confined to the event loop, but for its start.
 */
final class Probe implements Runnable {
  private static final long JUST_NOW_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Beyond a round trip: many are asked at a time, and wait for each other. */
  private static final long SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final QuicChannel channel;
  private final Liveness liveness;
  private final long patienceNanos;
  private final CompletableFuture<Boolean> alive = new CompletableFuture<>();
  private long startNanos;
  private long before; // packets received

  Probe(QuicChannel channel, Liveness liveness, Duration patience) {
    this.channel = channel;
    this.liveness = liveness;
    this.patienceNanos = patience.toNanos();
  }

  /** Any thread. */
  CompletableFuture<Boolean> start() {
    try {
      channel.eventLoop().execute(this::begin);
    } catch (RejectedExecutionException e) {
      alive.complete(false); // the endpoint was closed
    }
    return alive;
  }

  private void begin() {
    if (!liveness.canProbe()) {
      alive.complete(false);
      return;
    }
    startNanos = System.nanoTime();
    if (liveness.hasLooked(startNanos - JUST_NOW_NANOS)) { // as a rule: whoever doubts has looked
      ask(liveness.received());
    } else {
      channel.collectStats().addListener(this::begun);
    }
  }

  private void begun(Future<? super QuicConnectionStats> future) {
    if (future.getNow() instanceof QuicConnectionStats stats) {
      ask(stats.recv());
    } else {
      alive.complete(false);
    }
  }

  private void ask(long received) {
    before = received;
    liveness.elicit();
    awaitAnswer();
  }

  /** Looks when the answer should be here, and then whenever twice as much time has passed. */
  private void awaitAnswer() {
    long passed = System.nanoTime() - startNanos;
    long wait = Math.max(passed, liveness.rttNanos() + SLACK_NANOS);
    channel
        .eventLoop()
        .schedule(this, Math.max(1, Math.min(wait, patienceNanos - passed)), TimeUnit.NANOSECONDS);
  }

  /** Looks whether something came. */
  @Override
  public void run() {
    channel.collectStats().addListener(this::judge);
  }

  private void judge(Future<? super QuicConnectionStats> future) {
    if (!channel.isActive() || !(future.getNow() instanceof QuicConnectionStats stats)) {
      alive.complete(false);
    } else if (stats.recv() > before) {
      liveness.seen();
      alive.complete(true);
    } else if (System.nanoTime() - startNanos >= patienceNanos) {
      alive.complete(false);
    } else if (!alive.isDone()) {
      awaitAnswer();
    }
  }
}

package io.quicpool.transport.netty;

import io.netty.buffer.Unpooled;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionPathStats;
import io.netty.incubator.codec.quic.QuicConnectionStats;
import io.netty.util.concurrent.Future;
import io.quicpool.ConnectionStats;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Signs of life of one connection, and its numbers.
 *
 * <p>The sign of life is the codec's count of received packets: they were authenticated, and every
 * kind counts. The numbers are asked for on the event loop; who reads them gets the last answer and
 * has a new one fetched.
 */
final class Liveness {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long OLD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int LOOKS_PER_PROBE = 64;

  private final QuicChannel channel;
  private final FirstRoundTrip firstRoundTrip;
  private volatile boolean datagrams;
  private volatile long seenNanos = System.nanoTime();
  private volatile ConnectionStats stats = ConnectionStats.unknown();
  private long received; // on the event loop
  private volatile long lookedNanos = System.nanoTime(); // written on the event loop
  private volatile boolean lookPlanned;

  Liveness(QuicChannel channel, FirstRoundTrip firstRoundTrip) {
    this.channel = channel;
    this.firstRoundTrip = firstRoundTrip;
  }

  /**
   * Both sides take datagrams. Only the event tells: the peer's transport parameters are wrong in
   * the codec (N12), and a datagram that one side does not take ends the connection (N11).
   */
  void datagramsAgreed() {
    datagrams = true;
  }

  boolean canProbe() {
    return datagrams && channel.isActive();
  }

  /** On the event loop: something from the peer was just handled. */
  void seen() {
    seenNanos = System.nanoTime();
    firstRoundTrip.heard();
  }

  Duration sinceLastPacket() {
    refresh();
    return Duration.ofNanos(Math.max(0, System.nanoTime() - seenNanos));
  }

  ConnectionStats stats() {
    refresh();
    return stats;
  }

  private void refresh() {
    if (lookPlanned) {
      return;
    }
    lookPlanned = true;
    try {
      channel
          .eventLoop()
          .execute(
              () -> {
                lookPlanned = false;
                look();
              });
    } catch (RejectedExecutionException e) {
      // The endpoint was closed: the last numbers stay.
    }
  }

  /** On the event loop: fetches the numbers, unless that was done a moment ago. */
  void lookIfOld() {
    if (System.nanoTime() - lookedNanos >= OLD_NANOS) {
      look();
    }
  }

  /** On the event loop: fetches the numbers. */
  void look() {
    channel
        .collectStats()
        .addListener(
            (Future<QuicConnectionStats> future) -> {
              if (future.isSuccess() && future.getNow() != null) {
                boolean heard = count(future.getNow());
                lookAtPath(future.getNow(), heard);
              }
            });
  }

  /** Without a packet from the peer the round-trip time is what it was. */
  private void lookAtPath(QuicConnectionStats now, boolean heard) {
    if (!heard && stats.rtt().isPresent()) {
      show(now, stats.rtt());
      return;
    }
    channel
        .collectPathStats(0)
        .addListener(
            (Future<QuicConnectionPathStats> path) ->
                show(
                    now,
                    path.isSuccess()
                        ? Optional.of(Duration.ofNanos(path.getNow().rtt()))
                        : stats.rtt()));
  }

  private void show(QuicConnectionStats now, Optional<Duration> rtt) {
    stats =
        new ConnectionStats(
            rtt,
            OptionalLong.of(now.lost()),
            OptionalLong.of(now.sentBytes()),
            OptionalLong.of(now.recvBytes()));
  }

  /** Whether something was received since the last look. */
  private boolean count(QuicConnectionStats now) {
    boolean heard = now.recv() > received;
    if (heard) {
      received = now.recv();
      // Somewhen between the two looks; the earlier one never makes a silent peer look alive.
      if (lookedNanos - seenNanos > 0) {
        seenNanos = lookedNanos;
      }
    }
    lookedNanos = System.nanoTime();
    return heard;
  }

  /** Sends a packet that the peer's stack has to acknowledge, if it can, and looks for any. */
  CompletableFuture<Boolean> probe(Duration patience) {
    CompletableFuture<Boolean> alive = new CompletableFuture<>();
    try {
      channel.eventLoop().execute(() -> startProbe(patience.toNanos(), alive));
    } catch (RejectedExecutionException e) {
      alive.complete(false); // the endpoint was closed
    }
    return alive;
  }

  private void startProbe(long patienceNanos, CompletableFuture<Boolean> alive) {
    if (!canProbe()) {
      alive.complete(false);
      return;
    }
    long start = System.nanoTime();
    if (received > 0 && start - lookedNanos < LOOK_NANOS) { // as a rule: whoever doubts has looked
      elicit();
      await(received, start, patienceNanos, alive);
      return;
    }
    channel
        .collectStats()
        .addListener(
            (Future<QuicConnectionStats> future) -> {
              if (!future.isSuccess() || future.getNow() == null) {
                alive.complete(false);
                return;
              }
              elicit();
              await(future.getNow().recv(), start, patienceNanos, alive);
            });
  }

  /** One byte, since the codec does not send an empty datagram. The peer's codec drops it. */
  void elicit() {
    channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]), channel.voidPromise());
  }

  private void await(
      long before, long startNanos, long patienceNanos, CompletableFuture<Boolean> alive) {
    long left = startNanos + patienceNanos - System.nanoTime();
    long step = Math.max(LOOK_NANOS, patienceNanos / LOOKS_PER_PROBE);
    channel
        .eventLoop()
        .schedule(
            () -> judge(before, startNanos, patienceNanos, alive),
            Math.max(1, Math.min(step, left)),
            TimeUnit.NANOSECONDS);
  }

  private void judge(
      long before, long startNanos, long patienceNanos, CompletableFuture<Boolean> alive) {
    channel
        .collectStats()
        .addListener(
            (Future<QuicConnectionStats> future) -> {
              boolean open = channel.isActive() && future.isSuccess() && future.getNow() != null;
              if (open && future.getNow().recv() > before) {
                seen();
                alive.complete(true);
              } else if (!open || System.nanoTime() - startNanos >= patienceNanos) {
                alive.complete(false);
              } else if (!alive.isDone()) {
                await(before, startNanos, patienceNanos, alive);
              }
            });
  }
}

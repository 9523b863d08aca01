package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
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
import org.jspecify.annotations.Nullable;

/**
 * Signs of life of one connection, and its numbers.
 *
 * <p>The sign of life is the codec's count of received packets: they were authenticated, and every
 * kind counts. The numbers are asked for on the event loop; who reads them gets the last answer and
 * has a new one fetched.
 */
final class Liveness {
  private static final long NO_RTT = 0;

  private static final long OLD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** In the form in which the codec takes it without a copy. */
  private static final ByteBuf ONE_BYTE =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(1).writeByte(0));

  private final QuicChannel channel;
  private final FirstRoundTrip firstRoundTrip;
  private volatile boolean datagrams;
  private volatile long seenNanos = System.nanoTime();
  private volatile @Nullable Numbers numbers; // written on the event loop
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
    Numbers last = numbers;
    return last == null ? ConnectionStats.unknown() : last.shown();
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
    long rtt = rttNanos();
    if (!heard && rtt != NO_RTT) {
      show(now, rtt);
      return;
    }
    channel
        .collectPathStats(0)
        .addListener(
            (Future<QuicConnectionPathStats> path) ->
                show(now, path.isSuccess() ? path.getNow().rtt() : rtt));
  }

  private void show(QuicConnectionStats now, long rttNanos) {
    numbers = new Numbers(rttNanos, now.lost(), now.sentBytes(), now.recvBytes());
  }

  /** What is kept of the numbers: those of ten thousand connections are seldom asked for. */
  private record Numbers(long rttNanos, long lost, long sentBytes, long receivedBytes) {
    ConnectionStats shown() {
      return new ConnectionStats(
          rttNanos == NO_RTT ? Optional.empty() : Optional.of(Duration.ofNanos(rttNanos)),
          OptionalLong.of(lost),
          OptionalLong.of(sentBytes),
          OptionalLong.of(receivedBytes));
    }
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

  /** Asks the peer's stack for a packet, if it can be asked: whether one came in that time. */
  CompletableFuture<Boolean> probe(Duration patience) {
    return new Probe(channel, this, patience).start();
  }

  // Of a probe, on the event loop.

  /** One byte, since the codec does not send an empty datagram. The peer's codec drops it. */
  void elicit() {
    channel.writeAndFlush(ONE_BYTE.duplicate(), channel.voidPromise());
  }

  /** Whether the numbers were fetched since then, and any packet was received before. */
  boolean hasLooked(long sinceNanos) {
    return received > 0 && lookedNanos - sinceNanos > 0;
  }

  /** How many packets had been received at the last look. */
  long received() {
    return received;
  }

  /** The last known round trip; 0 if none is. */
  long rttNanos() {
    Numbers last = numbers;
    return last == null ? NO_RTT : last.rttNanos;
  }
}

package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicConnectionPathStats;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.quicpool.CloseReason;
import io.quicpool.spi.AbstractQuicStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** A stream over a codec channel: the blocking primitives under the rules of the base class. */
final class NettyStream extends AbstractQuicStream {
  private static final int CHUNK_BYTES = 8 * 1024;
  private static final long DELIVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int DELIVERY_ROUND_TRIPS = 4;

  private final QuicStreamChannel channel;
  private final Optional<StreamOpener> opener; // of a stream of ours
  private final StreamInput input;
  private final StreamOutput output;
  private final List<Runnable> awaitingDelivery = new ArrayList<>(); // on the event loop
  private boolean finSent; // on the event loop
  private boolean connectionGone; // on the event loop
  private volatile boolean used;

  NettyStream(
      QuicStreamChannel channel,
      Optional<StreamOpener> opener,
      WriteStall stall,
      FinQueue fins,
      Duration timeout) {
    super(channel.streamId(), timeout, CHUNK_BYTES);
    this.channel = channel;
    this.opener = opener;
    this.input = new StreamInput(channel);
    this.output = new StreamOutput(channel, stall, fins, this::firstSent, this::finSent);
  }

  StreamInput in() {
    return input;
  }

  /**
   * Whether the codec has told of room for bytes: it does so by each packet received, if there is
   * any, and keeps the last number while there is none.
   */
  boolean hadRoom() {
    return channel.bytesBeforeUnwritable() > 0;
  }

  @Override
  protected int receive(byte[] target, int offset, int length, long timeoutNanos)
      throws IOException {
    return input.receive(target, offset, length, timeoutNanos);
  }

  @Override
  protected int receivable() {
    return input.available();
  }

  @Override
  protected void send(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
      throws IOException {
    if (!used) {
      used = true; // before the output is asked: a reset that does not see it yet makes that fail
      opener.ifPresent(o -> o.used(id()));
    }
    output.send(source, offset, length, fin, timeoutNanos);
  }

  private void firstSent() {
    opener.ifPresent(StreamOpener::refillIfLow); // the message goes first
  }

  @Override
  protected void sendReset(long code) {
    output.fail(StreamFailure.here("it was reset here"));
    onLoop(() -> channel.shutdownOutput(codecCode(code)));
  }

  @Override
  protected void sendStopSending(long code) {
    input.discard(StreamFailure.here("its input was closed here"));
    onLoop(() -> channel.shutdownInput(codecCode(code)));
  }

  /** Unless the peer has not heard of the stream: then it is the next caller's (K16). */
  @Override
  protected void sendResetAndStop(long code) {
    output.fail(StreamFailure.here("it was reset here"));
    input.discard(StreamFailure.here("its input was closed here"));
    onLoop(
        () -> {
          if (used || opener.filter(o -> o.takeBack(channel)).isEmpty()) {
            channel.shutdownOutput(codecCode(code));
            channel.shutdownInput(codecCode(code));
          }
        });
  }

  /** The codec's codes are ints; larger ones are cut to the largest. */
  private static int codecCode(long code) {
    return (int) Math.min(code, Integer.MAX_VALUE);
  }

  @Override
  protected void whenDelivered(Runnable task) {
    onLoop(
        () -> {
          if (connectionGone) {
            task.run();
          } else if (finSent) {
            runWhenDelivered(task);
          } else {
            awaitingDelivery.add(task);
          }
        });
  }

  /** On the event loop: the connection has ended. */
  void connectionEnded(CloseReason reason) {
    connectionGone = true;
    StreamFailure lost = StreamFailure.lost(reason);
    input.fail(lost);
    output.fail(lost);
    awaitingDelivery.forEach(Runnable::run);
    awaitingDelivery.clear();
    connectionEnded();
  }

  private void finSent() {
    finSent = true;
    awaitingDelivery.forEach(this::runWhenDelivered);
    awaitingDelivery.clear();
  }

  private void runWhenDelivered(Runnable task) {
    channel
        .parent()
        .collectPathStats(0)
        .addListener(
            future -> {
              long rtt = future.isSuccess() ? ((QuicConnectionPathStats) future.getNow()).rtt() : 0;
              channel
                  .eventLoop()
                  .schedule(
                      task,
                      Math.max(DELIVERY_NANOS, DELIVERY_ROUND_TRIPS * rtt),
                      TimeUnit.NANOSECONDS);
            });
  }

  private void onLoop(Runnable task) {
    try {
      channel.eventLoop().execute(task);
    } catch (RejectedExecutionException e) {
      // The endpoint was closed: the connection has ended, and nothing is left to be done.
      connectionEnded();
    }
  }
}

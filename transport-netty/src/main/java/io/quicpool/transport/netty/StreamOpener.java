package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.QuicStream;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens streams in the order they were asked for, as the peer's limit allows.
 *
 * <p>A call of the codec without credit fails and uses a stream id up all the same, so that the
 * next one fails, too, although credit came back (N3): it is never called without. The codec's
 * count is 0 until the first limit event (N4), so that is what this waits for, and it is looked up
 * anew only by the next packet after it fell to 0: if streams are waited for and nothing is under
 * way, one is asked for.
 *
 * <p>A kwik listener ignores the reset of a stream of which it has seen nothing, and then never
 * gives its credit back (K16). So a stream that was closed without having been used is kept for the
 * next caller, as long as the peer cannot know of it: data on a stream opens all below it (RFC
 * 9000, section 2.1).
 */
final class StreamOpener {
  /** So that a reset of a spare stream leaves after the data by which the peer learned of it. */
  private static final long AFTER_DATA_MILLIS = 20;

  private final QuicChannel channel;
  private final Liveness liveness;
  private final Supplier<StreamEvents> events;
  private final ConcurrentLinkedQueue<CompletableFuture<QuicStream>> waiting =
      new ConcurrentLinkedQueue<>();
  private final AtomicInteger spareCount = new AtomicInteger();
  private volatile @Nullable CloseReason ended;

  // On the event loop.
  private final NavigableMap<Long, QuicStreamChannel> spares = new TreeMap<>(); // by stream id
  private long highestUsed = -1;
  private boolean elicited;

  StreamOpener(QuicChannel channel, Liveness liveness, Supplier<StreamEvents> events) {
    this.channel = channel;
    this.liveness = liveness;
    this.events = events;
  }

  CompletableFuture<QuicStream> open() {
    CompletableFuture<QuicStream> future = new CompletableFuture<>();
    waiting.add(future);
    try {
      channel.eventLoop().execute(this::pump);
    } catch (RejectedExecutionException e) { // the endpoint was closed
      CloseReason reason = ended;
      fail(reason == null ? CloseReason.local(0, "endpoint closed") : reason);
    }
    return future;
  }

  OptionalLong available() {
    if (ended != null) {
      return OptionalLong.of(0);
    }
    long credit = channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL);
    return OptionalLong.of(Math.max(0, credit + spareCount.get() - waiting.size()));
  }

  /** On the event loop: the peer's limit rose. */
  void limitChanged() {
    elicited = false;
    pump();
  }

  /** The connection has ended. */
  void fail(CloseReason reason) {
    ended = reason;
    for (CompletableFuture<QuicStream> future; (future = waiting.poll()) != null; ) {
      future.completeExceptionally(lost(reason));
    }
  }

  private static ConnectionLostException lost(CloseReason reason) {
    return new ConnectionLostException("cannot open a stream", reason);
  }

  private void pump() {
    CloseReason reason = ended;
    if (reason != null) {
      fail(reason);
      return;
    }
    waiting.removeIf(CompletableFuture::isDone); // cancelled: no credit is used
    handOutSpares();
    while (channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0) {
      CompletableFuture<QuicStream> future = waiting.poll();
      if (future == null) {
        return;
      }
      if (!future.isDone()) {
        create(future);
      }
    }
    if (!waiting.isEmpty() && !elicited && liveness.canProbe()) {
      elicited = true;
      liveness.elicit();
    }
  }

  private void handOutSpares() {
    while (!spares.isEmpty()) {
      CompletableFuture<QuicStream> future = waiting.poll();
      if (future == null) {
        return;
      }
      QuicStreamChannel spare = spares.pollFirstEntry().getValue();
      spareCount.set(spares.size());
      StreamEvents handler = events.get();
      spare.pipeline().replace(StreamEvents.class, null, handler);
      handOut(handler, future);
    }
  }

  /** On the event loop: takes back a stream that was not used; false if the peer may know of it. */
  boolean takeBack(QuicStreamChannel unused) {
    if (ended != null || !unused.isOpen() || unused.streamId() < highestUsed) {
      return false;
    }
    spares.put(unused.streamId(), unused);
    spareCount.set(spares.size());
    pump();
    return true;
  }

  /** On the event loop: data is about to be sent on a stream of ours for the first time. */
  void used(long streamId) {
    highestUsed = Math.max(highestUsed, streamId);
    NavigableMap<Long, QuicStreamChannel> known = spares.headMap(highestUsed, false);
    for (QuicStreamChannel spare : known.values()) {
      channel
          .eventLoop()
          .schedule(
              () -> spare.shutdown((int) QuicStream.CANCELLED, spare.newPromise()),
              AFTER_DATA_MILLIS,
              TimeUnit.MILLISECONDS);
    }
    known.clear();
    spareCount.set(spares.size());
  }

  private void create(CompletableFuture<QuicStream> future) {
    StreamEvents handler = events.get();
    channel
        .createStream(QuicStreamType.BIDIRECTIONAL, handler)
        .addListener((Future<QuicStreamChannel> made) -> created(made, handler, future));
  }

  private void created(
      Future<QuicStreamChannel> made, StreamEvents handler, CompletableFuture<QuicStream> future) {
    if (made.isSuccess()) {
      handOut(handler, future);
      return;
    }
    CloseReason reason = ended;
    future.completeExceptionally(
        new ConnectionLostException(
            "cannot open a stream",
            reason == null
                ? new CloseReason(CloseReason.Kind.LOST, 0, "netty refused a stream")
                : reason,
            made.cause()));
  }

  private static void handOut(StreamEvents handler, CompletableFuture<QuicStream> future) {
    if (!future.complete(handler.stream())) {
      handler.stream().close(); // cancelled in the meantime: unused, so it comes back here
    }
  }
}

package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.QuicStream;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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
 * <p><b>Spares.</b> Some streams are opened ahead, so that the next callers get them at once,
 * without a turn through the event loop; the peer does not know of them. Nor does it know of a
 * stream that was closed without having been used, so that is kept, too: a kwik listener ignores
 * the reset of a stream of which it has seen nothing, and then never gives its credit back (K16).
 * Data on a stream opens all below it (RFC 9000, section 2.1): then spares below have to be reset.
 *
 * <p>Who uses a stream raises {@code highestUsed} and then looks at {@code spares}; who keeps a
 * spare puts it there and then looks at {@code highestUsed}. Whichever comes second sees the other.
 */
final class StreamOpener {
  /** So that a reset of a spare stream leaves after the data by which the peer learned of it. */
  private static final long AFTER_DATA_MILLIS = 20;

  /** At most; a connection that nobody has used yet keeps none, one with few callers keeps one. */
  private static final int MOST_AHEAD = 4;

  private final QuicChannel channel;
  private final Liveness liveness;
  private final Supplier<StreamEvents> events;
  private final ConcurrentLinkedQueue<CompletableFuture<QuicStream>> waiting =
      new ConcurrentLinkedQueue<>();
  private final ConcurrentSkipListMap<Long, NettyStream> spares = new ConcurrentSkipListMap<>();
  private final AtomicLong highestUsed = new AtomicLong(-1);
  private volatile @Nullable CloseReason ended;
  private volatile boolean limitKnown;
  private int ahead; // on the event loop: grows when a caller finds none
  private boolean elicited; // on the event loop
  private boolean peerClosed; // on the event loop
  private @Nullable NettyStream lastRoomless; // on the event loop

  StreamOpener(QuicChannel channel, Liveness liveness, Supplier<StreamEvents> events) {
    this.channel = channel;
    this.liveness = liveness;
    this.events = events;
  }

  CompletableFuture<QuicStream> open() {
    CompletableFuture<QuicStream> future = new CompletableFuture<>();
    Map.Entry<Long, NettyStream> spare = waiting.isEmpty() ? spares.pollFirstEntry() : null;
    if (spare != null && ended == null) {
      future.complete(spare.getValue());
      return future;
    }
    waiting.add(future);
    refill();
    return future;
  }

  /** Opens streams for those who wait, and some ahead. */
  private void refill() {
    try {
      channel.eventLoop().execute(this::pump);
    } catch (RejectedExecutionException e) { // the endpoint was closed
      CloseReason reason = ended;
      fail(reason == null ? CloseReason.local(0, "endpoint closed") : reason);
    }
  }

  /** Empty until the codec has told of the first limit (N4). */
  OptionalLong available() {
    if (ended != null) {
      return OptionalLong.of(0);
    }
    if (!limitKnown) {
      return OptionalLong.empty();
    }
    if (!waiting.isEmpty()) { // whom all there is goes to
      return OptionalLong.of(0);
    }
    return OptionalLong.of(
        channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) + spares.size());
  }

  /** On the event loop: the peer's limit rose. */
  void limitChanged() {
    elicited = false;
    limitKnown = true;
    pump();
  }

  /**
   * On the event loop: the peer closes the connection, which ends in a moment. A kwik peer gives
   * credit back in the same packet: nobody is to be given a stream for that.
   */
  void peerCloses() {
    peerClosed = true;
  }

  /** The connection has ended. */
  void fail(CloseReason reason) {
    ended = reason;
    spares.clear();
    for (CompletableFuture<QuicStream> future; (future = waiting.poll()) != null; ) {
      future.completeExceptionally(lost(reason));
    }
  }

  private static ConnectionLostException lost(CloseReason reason) {
    return new ConnectionLostException("cannot open a stream", reason);
  }

  /** On a writer's thread: data is about to be sent on a stream of ours for the first time. */
  void used(long streamId) {
    highestUsed.accumulateAndGet(streamId, Math::max);
    Map.Entry<Long, NettyStream> first = spares.firstEntry();
    while (first != null && isKnownToPeer(first.getKey())) {
      if (spares.remove(first.getKey(), first.getValue())) {
        resetAfterData(first.getValue());
      }
      first = spares.firstEntry();
    }
  }

  private boolean isKnownToPeer(long unusedStreamId) {
    return unusedStreamId < highestUsed.get();
  }

  private void resetAfterData(NettyStream spare) {
    try {
      channel.eventLoop().schedule(spare::close, AFTER_DATA_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      spare.close(); // the endpoint was closed, and the connection with it
    }
  }

  // On the event loop.

  /** A stream was used, perhaps one of the last: more are opened before a caller finds none. */
  void refillIfLow() {
    if (ahead == 0) {
      ahead = 1;
    }
    if (isLow() || !waiting.isEmpty()) {
      pump();
    }
  }

  private boolean isLow() {
    return spares.size() <= ahead / 4;
  }

  /** Takes back a stream that was not used; false if the peer may know of it. */
  boolean takeBack(QuicStreamChannel unused) {
    if (ended != null || !unused.isOpen() || isKnownToPeer(unused.streamId())) {
      return false;
    }
    StreamEvents handler = events.get();
    unused.pipeline().replace(StreamEvents.class, null, handler);
    keep(handler.stream());
    pump();
    return true;
  }

  private void keep(NettyStream unused) {
    spares.put(unused.id(), unused);
    if (isKnownToPeer(unused.id()) && spares.remove(unused.id(), unused)) {
      resetAfterData(unused);
    }
  }

  private void pump() {
    CloseReason reason = ended;
    if (reason != null) {
      fail(reason);
      return;
    }
    if (peerClosed) {
      return; // who waits is told why in a moment
    }
    waiting.removeIf(CompletableFuture::isDone); // cancelled: no credit is used
    handOutSpares();
    if (!waiting.isEmpty()) {
      ahead = Math.min(Math.max(1, 2 * ahead), MOST_AHEAD);
    }
    int wanted = isLow() ? ahead : 0;
    while ((!waiting.isEmpty() || spares.size() < wanted)
        && channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0
        && create().isPresent()) {
      handOutSpares();
    }
    if (!waiting.isEmpty() && !elicited && liveness.canProbe()) {
      elicited = true;
      liveness.elicit();
    }
  }

  /** A spare that the codec has told of no room yet, if the peer allows one. */
  Optional<NettyStream> roomless() {
    NettyStream last = lastRoomless;
    if (last != null && spares.get(last.id()) == last && !last.hadRoom()) {
      return Optional.of(last);
    }
    if (ended != null || channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) == 0) {
      return Optional.empty();
    }
    Optional<NettyStream> made = create();
    lastRoomless = made.orElse(null);
    return made;
  }

  private void handOutSpares() {
    while (!waiting.isEmpty()) {
      Map.Entry<Long, NettyStream> spare = spares.pollFirstEntry();
      if (spare == null) {
        return;
      }
      CompletableFuture<QuicStream> future = waiting.poll();
      if (future == null || !future.complete(spare.getValue())) { // cancelled in the meantime
        keep(spare.getValue());
      }
    }
  }

  /** Makes a spare, unless the codec refuses. On its event loop that is known at once. */
  private Optional<NettyStream> create() {
    StreamEvents handler = events.get();
    Future<QuicStreamChannel> made = channel.createStream(QuicStreamType.BIDIRECTIONAL, handler);
    if (made.isSuccess()) {
      keep(handler.stream());
      return Optional.of(handler.stream());
    }
    CompletableFuture<QuicStream> future = waiting.poll();
    if (future != null) {
      future.completeExceptionally(
          new ConnectionLostException(
              "cannot open a stream",
              new CloseReason(CloseReason.Kind.LOST, 0, "netty refused a stream"),
              made.cause()));
    }
    return Optional.empty();
  }
}

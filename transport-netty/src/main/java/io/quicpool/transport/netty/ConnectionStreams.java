package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.quicpool.CloseReason;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The streams of one connection, and what they share. Made with the first of them: a connection
 * that is only kept needs none of it.
 */
final class ConnectionStreams {
  private final ReadSteps steps;
  private final WriteStall stall = new WriteStall();
  private final FinQueue fins = new FinQueue();
  private final Set<NettyStream> open = ConcurrentHashMap.newKeySet();

  ConnectionStreams(QuicChannel channel, long connectionWindowBytes, Runnable elicit) {
    this.steps = new ReadSteps(channel.eventLoop(), connectionWindowBytes, elicit);
  }

  ReadSteps steps() {
    return steps;
  }

  /** Any thread. */
  boolean isStallSuspected() {
    return stall.isSuspected();
  }

  /** On the event loop: one more, which is among them until it has ended. */
  NettyStream add(QuicStreamChannel channel, Optional<StreamOpener> ours, Duration timeout) {
    NettyStream stream = new NettyStream(channel, ours, stall, fins, timeout);
    open.add(stream);
    stream.ended().thenRun(() -> open.remove(stream));
    return stream;
  }

  /** The connection has ended. */
  void end(CloseReason reason) {
    for (NettyStream stream : open) {
      stream.connectionEnded(reason);
    }
    open.clear();
  }
}

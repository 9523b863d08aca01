package io.quicpool.transport.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ends sockets and threads once every close frame has left.
 *
 * <p>The codec completes a connection's close before its last datagram is on the wire, and leaves
 * the socket open (N9): so the socket is closed here, when nothing waits in it any more.
 */
final class Shutdown {
  private static final long FLUSH_NANOS = TimeUnit.MILLISECONDS.toNanos(1_200);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SOCKETS_MILLIS = 3_000;

  private final EventLoops loops;
  private final List<Channel> sockets;
  private final BooleanSupplier connectionsGone;
  private final long startNanos = System.nanoTime();

  Shutdown(EventLoops loops, List<Channel> sockets, BooleanSupplier connectionsGone) {
    this.loops = loops;
    this.sockets = sockets;
    this.connectionsGone = connectionsGone;
  }

  /** Waits until it is done, but not on an event loop, which would wait for itself. */
  void run() {
    for (Channel socket : sockets) {
      // Behind the connections' own close tasks, which were planned before.
      socket.eventLoop().execute(() -> flush(socket));
    }
    if (loops.isCaller()) {
      sockets.forEach(socket -> socket.closeFuture().addListener(closed -> shutDownIfLast()));
    } else {
      sockets.forEach(socket -> socket.closeFuture().awaitUninterruptibly(SOCKETS_MILLIS));
      loops.close();
    }
  }

  private void shutDownIfLast() {
    if (sockets.stream().noneMatch(Channel::isOpen)) {
      loops.shutDown();
    }
  }

  private void flush(Channel socket) {
    socket.flush();
    ChannelOutboundBuffer left = socket.unsafe().outboundBuffer();
    if (left == null
        || (left.totalPendingWriteBytes() == 0 && connectionsGone.getAsBoolean())
        || System.nanoTime() - startNanos > FLUSH_NANOS) {
      socket.close();
    } else {
      socket.eventLoop().schedule(() -> flush(socket), LOOK_NANOS, TimeUnit.NANOSECONDS);
    }
  }
}

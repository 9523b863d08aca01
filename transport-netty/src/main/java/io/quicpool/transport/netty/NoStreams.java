package io.quicpool.transport.netty;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Where the codec demands a handler for streams: they are handled by their connection. */
@ChannelHandler.Sharable
final class NoStreams extends ChannelInboundHandlerAdapter {
  static final NoStreams INSTANCE = new NoStreams();

  private NoStreams() {}
}

package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamResetException;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tells a stream what happens on its channel. */
final class StreamEvents extends ChannelInboundHandlerAdapter {
  private final Function<QuicStreamChannel, NettyStream> maker;
  private final Liveness liveness;
  private final ReadSteps steps;
  private @Nullable NettyStream stream;
  private boolean inputOver;

  StreamEvents(Function<QuicStreamChannel, NettyStream> maker, Liveness liveness, ReadSteps steps) {
    this.maker = maker;
    this.liveness = liveness;
    this.steps = steps;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    QuicStreamChannel channel = (QuicStreamChannel) ctx.channel();
    channel.config().setAutoRead(false).setRecvByteBufAllocator(steps);
    stream = maker.apply(channel);
  }

  NettyStream stream() {
    NettyStream made = stream;
    if (made == null) {
      throw new IllegalStateException("a stream is made when its channel is registered");
    }
    return made;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    stream().in().readComplete(steps); // asks for the first bytes
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      try {
        stream().in().received(bytes);
      } finally {
        bytes.release();
      }
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    liveness.seen();
    stream().in().readComplete(steps);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownReadComplete.INSTANCE) {
      inputOver = true;
      liveness.lookIfOld(); // before: who reads to the end finds numbers of a moment ago
      stream().in().finish();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    inputOver = true;
    stream()
        .in()
        .fail(
            cause instanceof QuicStreamResetException reset
                ? StreamFailure.resetByPeer(reset.applicationProtocolCode())
                : StreamFailure.here("netty failed to read it: " + cause));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    // Without the end of the input before it this is an abort, never an end of the data (N10). If
    // the connection ended, that tells its streams why.
    if (!inputOver && ctx.channel().parent().isOpen()) {
      stream().in().fail(StreamFailure.here("netty closed its channel"));
    }
  }
}

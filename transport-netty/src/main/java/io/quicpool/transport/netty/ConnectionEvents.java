package io.quicpool.transport.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionCloseEvent;
import io.netty.incubator.codec.quic.QuicDatagramExtensionEvent;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamLimitChangedEvent;
import io.netty.util.ReferenceCountUtil;
import io.quicpool.CloseReason;
import io.quicpool.CloseReason.Kind;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Tells a connection what happens on its channel. */
final class ConnectionEvents extends ChannelInboundHandlerAdapter {
  private final NettyConnection connection;
  private @Nullable Throwable trouble;

  ConnectionEvents(NettyConnection connection) {
    this.connection = connection;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    connection.liveness().seen();
    if (message instanceof QuicStreamChannel stream) {
      connection.accept(stream);
    } else {
      ReferenceCountUtil.release(message); // the other side's probe
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof QuicConnectionCloseEvent close) {
      // In a task of its own: what came in the same packets is read first. The channel would stay
      // open for the draining period (RFC 9000, section 10.2.2), of which nobody has any use.
      CloseReason reason = reason(close);
      connection.peerCloses(reason);
      ctx.channel()
          .eventLoop()
          .execute(
              () -> {
                connection.end(reason);
                ctx.channel().close();
              });
    } else if (event instanceof QuicStreamLimitChangedEvent) {
      connection.opener().limitChanged(); // also at the end of the handshake: no sign of life
    } else if (event instanceof QuicDatagramExtensionEvent) {
      connection.liveness().datagramsAgreed();
    }
    ctx.fireUserEventTriggered(event);
  }

  static CloseReason reason(QuicConnectionCloseEvent close) {
    return new CloseReason(
        close.isApplicationClose() ? Kind.PEER_APPLICATION : Kind.PEER_TRANSPORT,
        close.error() & 0xffffffffL,
        text(close));
  }

  private static String text(QuicConnectionCloseEvent close) {
    try {
      byte[] text = close.reason();
      return text == null ? "" : new String(text, StandardCharsets.UTF_8);
    } catch (NullPointerException e) {
      return ""; // the codec's getter copies what is not there if the frame had no text (N15)
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    trouble = cause; // told as the reason if the connection ends for it
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (((QuicChannel) ctx.channel()).isTimedOut()) {
      connection.end(new CloseReason(Kind.IDLE_TIMEOUT, 0, ""));
    } else {
      connection.end(new CloseReason(Kind.LOST, 0, trouble == null ? "" : String.valueOf(trouble)));
    }
    ctx.fireChannelInactive();
  }
}

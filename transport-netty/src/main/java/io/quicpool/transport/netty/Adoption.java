package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicChannel;
import io.quicpool.spi.EndpointConfig;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLEngine;

/** Wraps a codec channel that was connected elsewhere. */
final class Adoption {
  private static final String HANDLER = "quicpool";

  private Adoption() {}

  static NettyConnection adopt(Object nativeConnection, EndpointConfig config) {
    if (!(nativeConnection instanceof QuicChannel channel)) {
      throw new IllegalArgumentException(
          "the netty transport wraps a QuicChannel, was " + nativeConnection.getClass().getName());
    }
    SSLEngine engine = channel.sslEngine();
    if (!channel.isActive()
        || engine == null
        || !(channel.remoteSocketAddress() instanceof InetSocketAddress remote)) {
      throw new IllegalArgumentException("the QuicChannel must be connected, was " + channel);
    }
    String alpn = engine.getApplicationProtocol();
    NettyConnection connection =
        new NettyConnection(
            channel,
            config,
            alpn == null ? "" : alpn,
            HandshakeEvents.certificates(engine),
            remote,
            false);
    // The name is taken if the channel was wrapped before; addLast then refuses it.
    channel.pipeline().addLast(HANDLER, new ConnectionEvents(connection));
    channel.closeFuture().addListener(closed -> connection.ended(channel));
    return connection;
  }
}

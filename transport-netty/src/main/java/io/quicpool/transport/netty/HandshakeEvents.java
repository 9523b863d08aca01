package io.quicpool.transport.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionCloseEvent;
import io.netty.incubator.codec.quic.QuicDatagramExtensionEvent;
import io.netty.util.ReferenceCountUtil;
import io.quicpool.CloseReason;
import io.quicpool.spi.EndpointConfig;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Follows one handshake to its end, then makes the connection and leaves the pipeline to it.
 *
 * <p>The end is told once, on the event loop. A failure is told as soon as anything shows it: the
 * codec reports some only when its connect timeout passes, long after the peer's close (N8).
 */
final class HandshakeEvents extends ChannelInboundHandlerAdapter {

  /** Who waits for the handshake. */
  interface Outcome {
    void connected(NettyConnection connection);

    void failed(HandshakeFailure failure);
  }

  private static final int BAD_CERTIFICATE = 0x100 + 42; // RFC 9001, section 4.8

  private final EndpointConfig config;
  private final Handshake handshake;
  private final boolean anonymousAllowed;
  private final boolean dialled;
  private final Outcome outcome;
  private boolean over;
  private boolean datagramsAgreed;
  private @Nullable Throwable trouble;

  HandshakeEvents(
      EndpointConfig config,
      Handshake handshake,
      boolean anonymousAllowed,
      boolean dialled,
      Outcome outcome) {
    this.config = config;
    this.handshake = handshake;
    this.anonymousAllowed = anonymousAllowed;
    this.dialled = dialled;
    this.outcome = outcome;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    QuicChannel channel = (QuicChannel) ctx.channel();
    SSLEngine engine = channel.sslEngine();
    InetSocketAddress remote = (InetSocketAddress) channel.remoteSocketAddress();
    if (over || engine == null || remote == null) {
      channel.close();
      return;
    }
    String alpn = engine.getApplicationProtocol();
    if (!config.alpn().equals(alpn)) {
      refuse(ctx, HandshakeFailure.NO_APPLICATION_PROTOCOL);
      return;
    }
    List<X509Certificate> chain = certificates(engine);
    try {
      // Where TLS itself asked, this only repeats the answer. It did not if the peer showed no
      // certificate, or if it resumed a session.
      if (!chain.isEmpty() || !anonymousAllowed) {
        handshake.verify(chain);
      }
    } catch (CertificateException e) {
      refuse(ctx, BAD_CERTIFICATE);
      return;
    }
    NettyConnection connection = new NettyConnection(channel, config, alpn, chain, remote, dialled);
    connection.liveness().look();
    if (datagramsAgreed) {
      connection.liveness().datagramsAgreed();
    }
    ctx.pipeline().replace(this, "quicpool", new ConnectionEvents(connection));
    over = true;
    outcome.connected(connection);
  }

  static List<X509Certificate> certificates(SSLEngine engine) {
    List<X509Certificate> chain = new ArrayList<>();
    try {
      for (java.security.cert.Certificate certificate : engine.getSession().getPeerCertificates()) {
        if (certificate instanceof X509Certificate x509) {
          chain.add(x509);
        }
      }
    } catch (SSLPeerUnverifiedException e) {
      return List.of(); // the JDK's way to say that the peer is anonymous
    }
    return List.copyOf(chain);
  }

  private void refuse(ChannelHandlerContext ctx, int transportError) {
    fail(CloseReason.local(transportError, ""));
    ((QuicChannel) ctx.channel()).close(false, transportError, ctx.alloc().directBuffer(0));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message); // nothing counts before the handshake's end
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof QuicConnectionCloseEvent close) {
      fail(ConnectionEvents.reason(close));
      ctx.channel().eventLoop().execute(() -> ctx.channel().close());
    } else if (event instanceof QuicDatagramExtensionEvent) {
      datagramsAgreed = true; // netty 4.2 tells it before the channel is active, 4.1 after
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    trouble = cause;
    if (handshake.refusal() != null) {
      fail(null);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(
        ((QuicChannel) ctx.channel()).isTimedOut()
            ? new CloseReason(CloseReason.Kind.IDLE_TIMEOUT, 0, "")
            : null);
    ctx.fireChannelInactive();
  }

  /** The codec's own word that the connection will not come. */
  void failed(Throwable cause) {
    trouble = cause;
    fail(null);
  }

  private void fail(@Nullable CloseReason reason) {
    if (!over) {
      over = true;
      outcome.failed(new HandshakeFailure(handshake.refusal(), reason, trouble));
    }
  }
}

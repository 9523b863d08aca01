package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicSslContext;
import io.netty.incubator.codec.quic.QuicSslEngine;
import io.netty.util.AttributeKey;
import io.quicpool.spi.PeerVerifier;
import java.util.function.Function;

/** Makes the TLS engine of each connection that a listener gets, tied to a handshake of its own. */
final class ServerTls implements Function<QuicChannel, QuicSslEngine> {
  static final AttributeKey<Handshake> KEY = AttributeKey.valueOf(ServerTls.class, "handshake");

  private volatile QuicSslContext context;
  private final HandshakeTrust trust;
  private final PeerVerifier verifier;

  ServerTls(QuicSslContext context, HandshakeTrust trust, PeerVerifier verifier) {
    this.context = context;
    this.trust = trust;
    this.verifier = verifier;
  }

  /** From the next handshake on. */
  void reload(QuicSslContext newContext) {
    context = newContext;
  }

  @Override
  public QuicSslEngine apply(QuicChannel channel) {
    QuicSslEngine engine = context.newEngine(channel.alloc());
    Handshake handshake = new Handshake(verifier);
    channel.attr(KEY).set(handshake);
    trust.begin(engine, handshake);
    return engine;
  }
}

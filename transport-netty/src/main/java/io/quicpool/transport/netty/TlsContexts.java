package io.quicpool.transport.netty;

import io.netty.handler.ssl.ClientAuth;
import io.netty.incubator.codec.quic.QuicSslContext;
import io.netty.incubator.codec.quic.QuicSslContextBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.security.cert.X509Certificate;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the TLS contexts of an endpoint: one that all its dials share, one for its listener. */
final class TlsContexts {
  private static final Set<String> KEY_ALGORITHMS = Set.of("EC", "RSA");

  private TlsContexts() {}

  static QuicSslContext dialling(EndpointConfig config, TlsMaterial tls, HandshakeTrust trust)
      throws PoolOpenException {
    QuicSslContextBuilder builder = QuicSslContextBuilder.forClient();
    @Nullable TlsIdentity identity = tls.identity().orElse(null);
    if (identity != null) {
      checkKey(identity);
      builder.keyManager(identity.key(), null, chain(identity));
    }
    return build(builder, config, trust);
  }

  static QuicSslContext listening(
      EndpointConfig config, TlsMaterial tls, EndpointConfig.ClientAuth auth, HandshakeTrust trust)
      throws PoolOpenException {
    TlsIdentity identity =
        tls.identity()
            .orElseThrow(
                () ->
                    new PoolOpenException(
                        PoolOpenException.Kind.TLS,
                        "a listener must have a certificate and its key, none was given"));
    checkKey(identity);
    QuicSslContextBuilder builder =
        QuicSslContextBuilder.forServer(identity.key(), null, chain(identity));
    builder.clientAuth(
        switch (auth) {
          case NONE -> ClientAuth.NONE;
          case OPTIONAL -> ClientAuth.OPTIONAL;
          case REQUIRED -> ClientAuth.REQUIRE;
        });
    return build(builder, config, trust);
  }

  private static QuicSslContext build(
      QuicSslContextBuilder builder, EndpointConfig config, HandshakeTrust trust)
      throws PoolOpenException {
    try {
      return NettyLine.withoutHostNameCheck(builder)
          .trustManager(trust)
          .applicationProtocols(config.alpn())
          .earlyData(false) // it can be replayed
          .sessionCacheSize(0) // a resumed handshake would not verify the peer
          .build();
    } catch (RuntimeException e) {
      throw new PoolOpenException(
          PoolOpenException.Kind.TLS,
          "the TLS identity is not accepted by the netty transport: " + e.getMessage(),
          e);
    }
  }

  private static void checkKey(TlsIdentity identity) throws PoolOpenException {
    String algorithm = identity.key().getAlgorithm();
    if (!KEY_ALGORITHMS.contains(algorithm)) {
      throw new PoolOpenException(
          PoolOpenException.Kind.TLS,
          "the key of the TLS identity must be EC or RSA, was " + algorithm);
    }
  }

  private static X509Certificate[] chain(TlsIdentity identity) {
    return identity.chain().toArray(new X509Certificate[0]);
  }
}

package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicSslContextBuilder;

/** Where the two lines of netty differ: this is 4.1 with the codec of the incubator. */
final class NettyLine {
  private NettyLine() {}

  /** This codec has no check of host names (N5). */
  static QuicSslContextBuilder withoutHostNameCheck(QuicSslContextBuilder builder) {
    return builder;
  }

  /** What may help when the native library does not load; may be empty. */
  static String hint() {
    return "";
  }
}

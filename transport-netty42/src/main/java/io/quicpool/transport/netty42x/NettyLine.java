package io.quicpool.transport.netty42x;

import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicSslContextBuilder;

/** Where the two lines of netty differ: this is 4.2 with its own codec. */
final class NettyLine {
  private NettyLine() {}

  /**
   * This codec has a check of host names. It would refuse pinned peers, which prove a key and no
   * name; our own trust manager verifies names where names are wanted, by one code on every stack.
   */
  static QuicSslContextBuilder withoutHostNameCheck(QuicSslContextBuilder builder) {
    return builder.endpointIdentificationAlgorithm(null);
  }

  /** What may help when the native library does not load; may be empty. */
  static String hint() {
    return Quic.class.getModule().isNamed()
        ? " (on the module path nothing requires the library's module: add it, such as"
            + " --add-modules io.netty.codec.quic.linux.x86_64)"
        : "";
  }
}

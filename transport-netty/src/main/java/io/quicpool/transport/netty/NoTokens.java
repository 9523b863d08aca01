package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.incubator.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;

/**
 * Gives out no address-validation tokens, and so takes none: there is no Retry.
 *
 * <p>Without a handler the codec takes any token as valid, which lifts the limit on what is sent to
 * an address that was never validated (N6, CVE-2026-44894).
 */
enum NoTokens implements QuicTokenHandler {
  INSTANCE;

  private static final int INVALID = -1;

  @Override
  public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
    return false;
  }

  @Override
  public int validateToken(ByteBuf token, InetSocketAddress address) {
    return INVALID;
  }

  @Override
  public int maxTokenLength() {
    return 1; // the codec wants room for one
  }
}

package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicResetTokenGenerator;
import java.nio.ByteBuffer;

/**
 * Stateless reset tokens (16 bytes: RFC 9000, section 10.3) under a key of their own, one for each
 * listener.
 *
 * <p>The codec's default signs connection ids and tokens with one key, so that an id, which anybody
 * on the path sees, gives the token away (N6, CVE-2026-50009).
 */
final class ResetTokens implements QuicResetTokenGenerator {
  private final MacKey key = new MacKey();

  @Override
  public ByteBuffer newResetToken(ByteBuffer connectionId) {
    return ByteBuffer.wrap(key.sign(connectionId));
  }
}

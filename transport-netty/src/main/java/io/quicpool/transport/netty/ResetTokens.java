package io.quicpool.transport.netty;

import io.netty.incubator.codec.quic.QuicResetTokenGenerator;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stateless reset tokens under a key of their own, one for each listener.
 *
 * <p>The codec's default signs connection ids and tokens with one key, so that an id, which anybody
 * on the path sees, gives the token away (N6, CVE-2026-50009).
 */
final class ResetTokens implements QuicResetTokenGenerator {
  private static final int TOKEN_BYTES = 16; // RFC 9000, section 10.3
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  ResetTokens() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    key = new SecretKeySpec(bytes, ALGORITHM);
  }

  @Override
  public ByteBuffer newResetToken(ByteBuffer connectionId) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(connectionId);
      return ByteBuffer.wrap(Arrays.copyOf(mac.doFinal(), TOKEN_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}

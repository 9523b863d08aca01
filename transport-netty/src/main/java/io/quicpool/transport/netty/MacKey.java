package io.quicpool.transport.netty;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A random key of one listener for one purpose; signs by HMAC-SHA256. */
final class MacKey {
  static final int SIGNATURE_BYTES = 16;
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  MacKey() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    key = new SecretKeySpec(bytes, ALGORITHM);
  }

  /** The first {@link #SIGNATURE_BYTES} of the code for what remains in the buffer. */
  byte[] sign(ByteBuffer message) {
    return sign(message, SIGNATURE_BYTES);
  }

  /** As many bytes, 32 at most, of the code for what remains in the buffer. */
  byte[] sign(ByteBuffer message, int length) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(message);
      return Arrays.copyOf(mac.doFinal(), length);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}

package io.quicpool.core;

import io.quicpool.testkit.TestKey;
import java.security.KeyPair;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * Keys that are the same in each JVM: of two connections the lower key's dial stays, and peers are
 * kept by the hash of their keys, so with others a seed would go another way.
 */
final class FixedKeys {
  private FixedKeys() {}

  static KeyPair number(int number) {
    try {
      SecureRandom same = SecureRandom.getInstance("SHA1PRNG");
      same.setSeed(1 + number); // before anything else: it is all there is to it; 0 would be none
      return TestKey.EC_P256.generate(same);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java platform has no SHA1PRNG", e);
    }
  }
}

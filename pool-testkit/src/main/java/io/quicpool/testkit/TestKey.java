package io.quicpool.testkit;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;

/** Kinds of keys for test certificates, those that quicpool refuses included. */
public enum TestKey {
  /** EC on the curve P-256. */
  EC_P256("EC", new ECGenParameterSpec("secp256r1"), "SHA256withECDSA"),
  /** EC on the curve P-384. */
  EC_P384("EC", new ECGenParameterSpec("secp384r1"), "SHA384withECDSA"),
  /** EC on the curve P-521, which is refused. */
  EC_P521("EC", new ECGenParameterSpec("secp521r1"), "SHA512withECDSA"),
  /** RSA of 2048 bits. */
  RSA_2048("RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4), "SHA256withRSA"),
  /** RSA of 1024 bits, which is refused. */
  RSA_1024("RSA", new RSAKeyGenParameterSpec(1024, RSAKeyGenParameterSpec.F4), "SHA256withRSA"),
  /** Ed25519, which is refused. */
  ED25519("Ed25519", NamedParameterSpec.ED25519, "Ed25519");

  private final String algorithm;

  @SuppressWarnings("ImmutableEnumChecker") // the JDK's specs do not change
  private final AlgorithmParameterSpec spec;

  private final String signature;

  TestKey(String algorithm, AlgorithmParameterSpec spec, String signature) {
    this.algorithm = algorithm;
    this.spec = spec;
    this.signature = signature;
  }

  /** Makes a new key pair at random. */
  public KeyPair generate() {
    return generate(new SecureRandom());
  }

  /** Makes a key pair out of what that source gives. */
  public KeyPair generate(SecureRandom source) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(spec, source);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform makes no key " + this, e);
    }
  }

  /** The JDK's name of the signature algorithm that goes with it. */
  String signature() {
    return signature;
  }
}

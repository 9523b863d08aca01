package io.quicpool;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Which key: the SHA-256 digest of a certificate's SubjectPublicKeyInfo (RFC 5280, section
 * 4.1.2.7), the same value as a {@code pin-sha256} of RFC 7469, written as 64 hexadecimal digits.
 *
 * <p>It names the key, not the certificate: a renewed certificate with the same key keeps it.
 * Immutable.
 */
public final class Fingerprint {
  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");

  private final byte[] digest;
  private final int hash;

  private Fingerprint(byte[] digest) {
    this.digest = digest;
    this.hash =
        (digest[0] << 24) | (digest[1] & 0xff) << 16 | (digest[2] & 0xff) << 8 | digest[3] & 0xff;
  }

  /**
   * Reads 64 hexadecimal digits, in either case.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static Fingerprint of(String hex) {
    if (!HEX.matcher(hex).matches()) {
      String shown = hex.length() > 80 ? hex.substring(0, 80) + "…" : hex;
      throw new IllegalArgumentException(
          "a fingerprint must be 64 hexadecimal digits, was \""
              + shown
              + "\" ("
              + hex.length()
              + " characters)");
    }
    return new Fingerprint(HexFormat.of().parseHex(hex));
  }

  /** The fingerprint of a certificate's key. */
  public static Fingerprint of(X509Certificate certificate) {
    return of(certificate.getPublicKey());
  }

  /** The fingerprint of a public key. */
  public static Fingerprint of(PublicKey key) {
    try {
      return new Fingerprint(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Fingerprint that && MessageDigest.isEqual(digest, that.digest);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** The 64 hexadecimal digits, in lower case. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(digest);
  }
}

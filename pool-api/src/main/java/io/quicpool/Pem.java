package io.quicpool;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the textual encodings of RFC 7468 that quicpool takes: certificates and PKCS#8 keys. */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String PKCS8 = "PRIVATE KEY";

  private Pem() {}

  static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> found = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(1).equals(CERTIFICATE)) {
        byte[] der = decode(block.group(2));
        found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
    }
    if (found.isEmpty()) {
      throw new CertificateException(
          "the text must hold at least one PEM block CERTIFICATE, it holds none"
              + " (a file is given as a java.nio.file.Path, not as its name)");
    }
    return found;
  }

  static PrivateKey privateKey(String text) throws GeneralSecurityException {
    Matcher block = BLOCK.matcher(text);
    List<String> others = new ArrayList<>();
    while (block.find()) {
      if (block.group(1).equals(PKCS8)) {
        return pkcs8(decode(block.group(2)));
      }
      others.add(block.group(1));
    }
    throw new InvalidKeySpecException(
        "the text must hold an unencrypted PKCS#8 PEM block PRIVATE KEY, it holds "
            + others
            + "; other forms are converted by: openssl pkcs8 -topk8 -nocrypt");
  }

  private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
    InvalidKeySpecException refused =
        new InvalidKeySpecException("a private key must be an EC (P-256, P-384) or RSA key");
    for (String algorithm : List.of("EC", "RSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        refused.addSuppressed(e); // not a key of that algorithm: ask the next
      }
    }
    throw refused;
  }

  private static byte[] decode(String base64) throws CertificateException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new CertificateException("a PEM block must be valid base64", e);
    }
  }
}

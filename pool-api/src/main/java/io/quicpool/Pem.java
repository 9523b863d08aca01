package io.quicpool;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the textual encodings of RFC 7468 that quicpool takes: certificates and PKCS#8 keys. */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ");
  private static final Pattern WHITE = Pattern.compile("\\s+");
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String PKCS8 = "PRIVATE KEY";

  private record Block(String label, String body) {
    byte[] der() throws GeneralSecurityException {
      try {
        return Base64.getDecoder().decode(WHITE.matcher(body).replaceAll(""));
      } catch (IllegalArgumentException e) {
        throw new GeneralSecurityException(
            "a PEM block " + label + " must be base64: " + e.getMessage(), e);
      }
    }
  }

  private Pem() {}

  static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    List<X509Certificate> found = new ArrayList<>();
    for (Block block : blocks(text)) {
      if (block.label.equals(CERTIFICATE)) {
        found.add(certificate(block.der()));
      }
    }
    if (found.isEmpty()) {
      throw new CertificateException(
          "the text must hold at least one PEM block CERTIFICATE, it holds none");
    }
    return found;
  }

  static PrivateKey privateKey(String text) throws GeneralSecurityException {
    List<String> others = new ArrayList<>();
    for (Block block : blocks(text)) {
      if (block.label.equals(PKCS8)) {
        return pkcs8(block.der());
      }
      others.add(block.label);
    }
    throw new InvalidKeySpecException(
        "the text must hold an unencrypted PKCS#8 PEM block PRIVATE KEY, it holds "
            + others
            + "; other forms are converted by: openssl pkcs8 -topk8 -nocrypt");
  }

  /** Refuses a text that was cut: a chain or a set of authorities must not lose its end unseen. */
  private static List<Block> blocks(String text) throws GeneralSecurityException {
    List<Block> found = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      found.add(new Block(block.group(1), block.group(2)));
    }
    long begun = BEGIN.matcher(text).results().count();
    if (begun != found.size()) {
      throw new GeneralSecurityException(
          "every PEM block must end as it begins, " + found.size() + " of " + begun + " does");
    }
    return found;
  }

  private static X509Certificate certificate(byte[] der) throws CertificateException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new CertificateException(
          "a PEM block CERTIFICATE must hold an X.509 certificate: " + e.getMessage(), e);
    }
  }

  private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
    for (String algorithm : List.of("EC", "RSA")) {
      Optional<PrivateKey> key = read(algorithm, der);
      if (key.isPresent()) {
        return key.get();
      }
    }
    throw new InvalidKeySpecException(
        "a private key must be an EC (P-256, P-384) or RSA key, was " + kind(der));
  }

  private static String kind(byte[] der) throws NoSuchAlgorithmException {
    for (String algorithm : List.of("EdDSA", "XDH", "DSA", "DH", "RSASSA-PSS")) {
      if (read(algorithm, der).isPresent()) {
        return algorithm;
      }
    }
    return "none that can be read";
  }

  private static Optional<PrivateKey> read(String algorithm, byte[] der)
      throws NoSuchAlgorithmException {
    KeyFactory factory = KeyFactory.getInstance(algorithm);
    try {
      return Optional.of(factory.generatePrivate(new PKCS8EncodedKeySpec(der)));
    } catch (InvalidKeySpecException e) {
      return Optional.empty(); // not a key of that algorithm
    }
  }
}

package io.quicpool;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/**
 * Makes certificates for tests by writing their DER (RFC 5280, section 4.1), so that they can also
 * hold what no tool would put there.
 */
public final class Certificates {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final int SEQUENCE = 0x30;

  private final X500Principal subject;
  private final KeyPair key;
  private final ByteArrayOutputStream names = new ByteArrayOutputStream();
  private X500Principal issuer;
  private PrivateKey issuerKey;
  private boolean authority;
  private Optional<String> extendedUse = Optional.empty();
  private Instant notAfter = Instant.now().plusSeconds(86_400);

  private Certificates(String subject, KeyPair key) {
    this.subject = new X500Principal(subject);
    this.key = key;
    this.issuer = this.subject;
    this.issuerKey = key.getPrivate();
  }

  /** Starts a certificate for a key, signed by that key itself. */
  public static Certificates of(String subject, KeyPair key) {
    return new Certificates(subject, key);
  }

  /** A key on a named curve. */
  public static KeyPair ec(String curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  /** A key of an algorithm and, if it is not 0, a size in bits. */
  public static KeyPair key(String algorithm, int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (bits > 0) {
      generator.initialize(bits);
    }
    return generator.generateKeyPair();
  }

  /** As PEM text. */
  public static String pem(X509Certificate... certificates) throws Exception {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      text.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    return text.toString();
  }

  /** As PEM text: PKCS#8. */
  public static String pem(Key privateKey) {
    return pem("PRIVATE KEY", privateKey.getEncoded());
  }

  /** As PEM text with that label. */
  public static String pem(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  /** Adds DNS names. */
  public Certificates dns(String... dnsNames) {
    for (String name : dnsNames) {
      names.writeBytes(der(0x82, name.getBytes(StandardCharsets.ISO_8859_1)));
    }
    return this;
  }

  /** Adds address literals. */
  public Certificates ip(String... literals) throws Exception {
    for (String literal : literals) {
      rawIp(InetAddress.getByName(literal).getAddress());
    }
    return this;
  }

  /** Adds an address of any length. */
  public Certificates rawIp(byte[] address) {
    names.writeBytes(der(0x87, address));
    return this;
  }

  /** Adds an e-mail address. */
  public Certificates email(String address) {
    names.writeBytes(der(0x81, address.getBytes(StandardCharsets.ISO_8859_1)));
    return this;
  }

  /** Adds a URI. */
  public Certificates uri(String uri) {
    names.writeBytes(der(0x86, uri.getBytes(StandardCharsets.ISO_8859_1)));
    return this;
  }

  /** Makes it an authority's. */
  public Certificates authority() {
    authority = true;
    return this;
  }

  /** Restricts its use to TLS servers or TLS clients. */
  public Certificates onlyFor(boolean servers) {
    extendedUse = Optional.of(servers ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2");
    return this;
  }

  /** Signs it with another key. */
  public Certificates signedBy(X509Certificate by, KeyPair byKey) {
    issuer = by.getSubjectX500Principal();
    issuerKey = byKey.getPrivate();
    return this;
  }

  /** Lets it end then. */
  public Certificates until(Instant end) {
    notAfter = end;
    return this;
  }

  /** The certificate. */
  public X509Certificate build() throws Exception {
    String algorithm;
    byte[] identifier;
    switch (issuerKey.getAlgorithm()) {
      case "EC" -> {
        algorithm = "SHA256withECDSA";
        identifier = der(SEQUENCE, oid("1.2.840.10045.4.3.2"));
      }
      case "RSA" -> {
        algorithm = "SHA256withRSA";
        identifier = der(SEQUENCE, oid("1.2.840.113549.1.1.11"), der(0x05));
      }
      default -> {
        algorithm = "Ed25519";
        identifier = der(SEQUENCE, oid("1.3.101.112"));
      }
    }
    byte[] body =
        der(
            SEQUENCE,
            der(0xa0, integer(BigInteger.TWO)),
            integer(new BigInteger(63, new SecureRandom()).add(BigInteger.ONE)),
            identifier,
            issuer.getEncoded(),
            der(SEQUENCE, time(Instant.now().minusSeconds(86_400 * 30L)), time(notAfter)),
            subject.getEncoded(),
            key.getPublic().getEncoded(),
            der(0xa3, der(SEQUENCE, extensions())));
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(issuerKey);
    signer.update(body);
    byte[] certificate = der(SEQUENCE, body, identifier, der(0x03, new byte[1], signer.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate));
  }

  private byte[] extensions() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] constraints = authority ? der(SEQUENCE, der(0x01, new byte[] {-1})) : der(SEQUENCE);
    out.writeBytes(extension("2.5.29.19", constraints));
    if (names.size() > 0) {
      out.writeBytes(extension("2.5.29.17", der(SEQUENCE, names.toByteArray())));
    }
    extendedUse.ifPresent(use -> out.writeBytes(extension("2.5.29.37", der(SEQUENCE, oid(use)))));
    return out.toByteArray();
  }

  private static byte[] extension(String oid, byte[] value) {
    return der(SEQUENCE, oid(oid), der(0x04, value));
  }

  private static byte[] time(Instant instant) {
    return der(0x18, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] integer(BigInteger value) {
    return der(0x02, value.toByteArray());
  }

  private static byte[] oid(String dotted) {
    String[] arcs = dotted.split("\\.");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(Integer.parseInt(arcs[0]) * 40 + Integer.parseInt(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      int arc = Integer.parseInt(arcs[i]);
      for (int shift = 28; shift > 0; shift -= 7) {
        if (arc >>> shift != 0) {
          out.write(arc >>> shift & 0x7f | 0x80);
        }
      }
      out.write(arc & 0x7f);
    }
    return der(0x06, out.toByteArray());
  }

  private static byte[] der(int tag, byte[]... contents) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : contents) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}

package io.quicpool.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A test certificate in the making. Not thread-safe. */
public final class TestLeaf {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration YEAR = DAY.multipliedBy(365);
  private static final List<GeneralName> DEFAULT_NAMES =
      List.of(
          new GeneralName(GeneralName.dNSName, "localhost"),
          new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
          new GeneralName(GeneralName.iPAddress, "::1"));
  private static final SecureRandom RANDOM = new SecureRandom();

  private final PrivateKey issuerKey;
  private final X509Certificate issuer;
  private final List<GeneralName> names = new ArrayList<>();
  private X500Name subject = named("localhost");
  private boolean namesChosen;
  private TestKey key = TestKey.EC_P256;
  private @Nullable KeyPair keys;
  private Instant from = Instant.now().minus(DAY);
  private Instant until = from.plus(YEAR);
  private boolean selfSigned;

  TestLeaf(PrivateKey issuerKey, X509Certificate issuer) {
    this.issuerKey = issuerKey;
    this.issuer = issuer;
  }

  private static X500Name named(String commonName) {
    return new X500Name("CN=" + commonName);
  }

  /** Sets the subject's common name, which never counts as the host's. */
  public TestLeaf commonName(String name) {
    subject = named(name);
    return this;
  }

  /** Gives a subject without common name, as more and more authorities do. */
  public TestLeaf withoutCommonName() {
    subject = new X500Name("O=quicpool test");
    return this;
  }

  /** Names hosts by DNS, instead of the default names. */
  public TestLeaf dns(String... hosts) {
    return names(GeneralName.dNSName, hosts);
  }

  /** Names hosts by address literal, instead of the default names. */
  public TestLeaf ip(String... addresses) {
    return names(GeneralName.iPAddress, addresses);
  }

  private TestLeaf names(int kind, String... values) {
    namesChosen = true;
    for (String value : values) {
      names.add(new GeneralName(kind, value));
    }
    return this;
  }

  /** Names no host at all. */
  public TestLeaf withoutNames() {
    namesChosen = true;
    names.clear();
    return this;
  }

  /** Takes a new key of another kind. */
  public TestLeaf key(TestKey kind) {
    key = kind;
    keys = null;
    return this;
  }

  /** Takes a key that exists, as a renewed certificate does. */
  public TestLeaf key(TestKey kind, KeyPair existing) {
    key = kind;
    keys = existing;
    return this;
  }

  /** Sets from when until when it is valid. */
  public TestLeaf valid(Instant first, Instant last) {
    from = first;
    until = last;
    return this;
  }

  /** Was valid until yesterday. */
  public TestLeaf expired() {
    Instant yesterday = Instant.now().minus(DAY);
    return valid(yesterday.minus(DAY), yesterday);
  }

  /** Will be valid from tomorrow on. */
  public TestLeaf notYetValid() {
    Instant tomorrow = Instant.now().plus(DAY);
    return valid(tomorrow, tomorrow.plus(DAY));
  }

  /** Signs with its own key instead of the authority's. */
  public TestLeaf selfSigned() {
    selfSigned = true;
    return this;
  }

  /** Makes the certificate; each call makes another one. */
  public TestIdentity issue() {
    List<GeneralName> hosts = namesChosen ? List.copyOf(names) : DEFAULT_NAMES;
    KeyPair own = keys == null ? key.generate() : keys;
    Content content = new Content(subject, own.getPublic(), from, until, hosts, false);
    if (selfSigned) {
      return new TestIdentity(
          own, List.of(sign(content, subject, own.getPrivate(), key.signature())));
    }
    X500Name by = X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded());
    X509Certificate made = sign(content, by, issuerKey, TestKey.EC_P256.signature());
    return new TestIdentity(own, List.of(made, issuer));
  }

  static X509Certificate authority(String name, KeyPair keys) {
    Instant from = Instant.now().minus(DAY);
    Content content =
        new Content(named(name), keys.getPublic(), from, from.plus(YEAR), List.of(), true);
    return sign(content, content.subject(), keys.getPrivate(), TestKey.EC_P256.signature());
  }

  /** What a certificate says. */
  private record Content(
      X500Name subject,
      PublicKey key,
      Instant from,
      Instant until,
      List<GeneralName> names,
      boolean authority) {}

  private static X509Certificate sign(
      Content content, X500Name issuer, PrivateKey issuerKey, String signature) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              new BigInteger(120, RANDOM).add(BigInteger.ONE),
              Date.from(content.from),
              Date.from(content.until),
              content.subject,
              content.key);
      extend(builder, content);
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder(signature).build(issuerKey)));
    } catch (IOException | OperatorException | GeneralSecurityException e) {
      throw new IllegalStateException("a test certificate could not be made", e);
    }
  }

  private static void extend(JcaX509v3CertificateBuilder builder, Content content)
      throws IOException, GeneralSecurityException {
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(content.authority));
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(content.key));
    builder.addExtension(
        Extension.keyUsage,
        true,
        new KeyUsage(content.authority ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
    if (!content.authority) {
      KeyPurposeId[] both = {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
      builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(both));
    }
    if (!content.names.isEmpty()) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(content.names.toArray(new GeneralName[0])));
    }
  }
}

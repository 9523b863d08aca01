package io.quicpool.testkit;

import io.quicpool.Tls;
import io.quicpool.spi.TlsMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * A certificate authority of a test's own, with an EC P-256 key made at random, and certificates
 * from it.
 *
 * <p>Immutable and thread-safe. Nothing is written anywhere but by {@link #writeCa}. For tests
 * only: keys are handed about freely.
 */
public final class TestCertificates {
  private final KeyPair keys;
  private final X509Certificate certificate;

  private TestCertificates(KeyPair keys, X509Certificate certificate) {
    this.keys = keys;
    this.certificate = certificate;
  }

  /** Makes a new authority. */
  public static TestCertificates create() {
    return create("quicpool test CA");
  }

  /** Makes a new authority with that common name. */
  public static TestCertificates create(String name) {
    KeyPair keys = TestKey.EC_P256.generate();
    return new TestCertificates(keys, TestLeaf.authority(name, keys));
  }

  /** The authority's own certificate. */
  public X509Certificate ca() {
    return certificate;
  }

  /** The authority's own certificate as PEM. */
  public String caPem() {
    return TestIdentity.pem("CERTIFICATE", TestIdentity.encoded(certificate));
  }

  /**
   * Writes the authority's certificate to {@code ca.pem} in a directory.
   *
   * @return the file
   */
  public Path writeCa(Path directory) throws IOException {
    return Files.writeString(directory.resolve("ca.pem"), caPem());
  }

  /**
   * A certificate in the making: EC P-256, common name {@code localhost}, naming {@code localhost},
   * {@code 127.0.0.1} and {@code ::1}, valid from yesterday for a year, for servers and clients,
   * issued by this authority; all of that can be changed.
   */
  public TestLeaf leaf() {
    return new TestLeaf(keys.getPrivate(), certificate);
  }

  /** An identity for {@code localhost} by every name, as {@link #leaf()} describes it. */
  public TestIdentity localhost() {
    return leaf().issue();
  }

  /** Trusts this authority, and no other. */
  public Tls trusting() {
    return Tls.trusting(caPem());
  }

  /** Trusts this authority, and no other, and is that identity. */
  public Tls trusting(TestIdentity identity) {
    return trusting().withIdentity(identity.key(), identity.chain());
  }

  /** Trusts this authority, and no other, for use under the pool. */
  public TlsMaterial material() {
    return new TlsMaterial(Optional.empty(), Optional.of(trustManager()), false);
  }

  /** Trusts this authority, and no other, and is that identity, for use under the pool. */
  public TlsMaterial material(TestIdentity identity) {
    return new TlsMaterial(Optional.of(identity.identity()), Optional.of(trustManager()), false);
  }

  /** Trusts this authority, and no other. */
  public X509TrustManager trustManager() {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry("ca", certificate);
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          return x509;
        }
      }
      throw new IllegalStateException("the platform has no X.509 trust manager");
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("a trust manager in memory cannot fail", e);
    }
  }
}

package io.quicpool.testkit;

import io.quicpool.Fingerprint;
import io.quicpool.Tls;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A test certificate with its key, in every form in which quicpool takes one. Immutable. */
public final class TestIdentity {

  /** Where {@link #write} put the two files. */
  public record PemFiles(Path certificate, Path key) {}

  private final KeyPair keys;
  private final List<X509Certificate> chain;

  TestIdentity(KeyPair keys, List<X509Certificate> chain) {
    this.keys = keys;
    this.chain = chain;
  }

  /** The certificate. */
  public X509Certificate certificate() {
    return chain.get(0);
  }

  /** The certificate and, unless it is self-signed, its authority's. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** Both keys. */
  public KeyPair keys() {
    return keys;
  }

  /** The private key. */
  public PrivateKey key() {
    return keys.getPrivate();
  }

  /** The key's fingerprint. */
  public Fingerprint fingerprint() {
    return Fingerprint.of(certificate());
  }

  /** For use under the pool, unchecked: of a kind that is refused, too. */
  public TlsIdentity identity() {
    return new TlsIdentity(key(), chain);
  }

  /** This identity, trusting nobody but pinned peers. */
  public Tls pinning() {
    return Tls.pinning().withIdentity(key(), chain);
  }

  /** This identity, trusting nobody but pinned peers, for use under the pool. */
  public TlsMaterial material() {
    return new TlsMaterial(Optional.of(identity()), Optional.empty(), false);
  }

  /** The chain as PEM. */
  public String certificatePem() {
    return chain.stream()
        .map(certificate -> pem("CERTIFICATE", encoded(certificate)))
        .collect(Collectors.joining());
  }

  /** The private key as unencrypted PKCS#8 PEM. */
  public String keyPem() {
    return pem("PRIVATE KEY", key().getEncoded());
  }

  /** Writes {@code NAME.cert.pem} and {@code NAME.key.pem} into a directory. */
  public PemFiles write(Path directory, String name) throws IOException {
    return new PemFiles(
        Files.writeString(directory.resolve(name + ".cert.pem"), certificatePem()),
        Files.writeString(directory.resolve(name + ".key.pem"), keyPem()));
  }

  static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was read can be written", e);
    }
  }

  static String pem(String type, byte[] der) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
  }

  /** The subject and the fingerprint, no key. */
  @Override
  public String toString() {
    return certificate().getSubjectX500Principal() + " " + fingerprint();
  }
}

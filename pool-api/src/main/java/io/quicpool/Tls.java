package io.quicpool;

import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;

/**
 * Who is trusted, and who this side is.
 *
 * <p>Peers are verified unless {@link #insecure()} is asked for: a {@link Peer#of} by certificate
 * chain and host name, a {@link Peer#pinned} by its key alone. Keys are EC (P-256, P-384) or RSA of
 * 2048 bits or more; others are refused with the reason, since the QUIC stacks do not take them.
 *
 * <p>Immutable. Files are read when the pool opens, not before; {@link #toString} shows no key.
 */
public final class Tls {

  @FunctionalInterface
  private interface Source<T> {
    T read() throws IOException, GeneralSecurityException;
  }

  @FunctionalInterface
  private interface Reader<T> {
    T read(String pem) throws GeneralSecurityException;
  }

  private static final Source<Optional<TlsIdentity>> ANONYMOUS = Optional::empty;

  private final String description;
  private final Source<Optional<X509TrustManager>> trust;
  private final boolean insecure;
  private final Source<Optional<TlsIdentity>> identity;

  private Tls(
      String description,
      Source<Optional<X509TrustManager>> trust,
      boolean insecure,
      Source<Optional<TlsIdentity>> identity) {
    this.description = description;
    this.trust = trust;
    this.insecure = insecure;
    this.identity = identity;
  }

  private static Tls of(String description, Source<X509TrustManager> trust) {
    return new Tls(description, () -> Optional.of(trust.read()), false, ANONYMOUS);
  }

  /** Trusts the certificate authorities of the platform. */
  public static Tls system() {
    return of("trusting the platform", () -> authorities(Optional.empty()));
  }

  /** Trusts the certificates in a PEM file, and no others. */
  public static Tls trusting(Path pemFile) {
    return of("trusting " + pemFile, () -> authorities(inFile(pemFile, Pem::certificates)));
  }

  /** Trusts the certificates in a PEM text, and no others. */
  public static Tls trusting(String pem) {
    return of("trusting given certificates", () -> authorities(inText(pem, Pem::certificates)));
  }

  /** Trusts the certificates in a key store, and no others. */
  public static Tls trusting(KeyStore store) {
    return of("trusting a key store", () -> authorities(Optional.of(store)));
  }

  /**
   * Trusts the chains that a trust manager accepts. The host name is verified by quicpool all the
   * same.
   */
  public static Tls trusting(X509TrustManager manager) {
    return of("trusting by a trust manager", () -> manager);
  }

  /**
   * Trusts no authority: peers are who holds the pinned key, and only {@link Peer#pinned} can be
   * dialled.
   */
  public static Tls pinning() {
    return new Tls("pinning", Optional::empty, false, ANONYMOUS);
  }

  /**
   * Verifies nobody, pinned peers excepted: whoever is in the path can read and change everything.
   * For experiments only; opening a pool with it logs a warning.
   */
  public static Tls insecure() {
    return new Tls("INSECURE", Optional::empty, true, ANONYMOUS);
  }

  /** The same, with this side's certificate chain and PKCS#8 key from PEM files. */
  public Tls withIdentity(Path certificatePem, Path keyPem) {
    return with(
        () ->
            new TlsIdentity(
                inFile(keyPem, Pem::privateKey), inFile(certificatePem, Pem::certificates)));
  }

  /** The same, with this side's certificate chain and PKCS#8 key from PEM texts. */
  public Tls withIdentity(String certificatePem, String keyPem) {
    return with(
        () ->
            new TlsIdentity(
                inText(keyPem, Pem::privateKey), inText(certificatePem, Pem::certificates)));
  }

  /** The same, with this side's key and certificate chain, its own certificate first. */
  public Tls withIdentity(PrivateKey key, List<X509Certificate> chain) {
    return with(() -> new TlsIdentity(key, chain));
  }

  /** The same, with the one key that a key store holds. */
  public Tls withIdentity(KeyStore store, char[] password) {
    char[] copy = password.clone();
    return with(() -> onlyKey(store, copy));
  }

  /** The same, with the key that a key manager gives for EC, or else for RSA. */
  public Tls withIdentity(X509KeyManager manager) {
    return with(() -> firstKey(manager));
  }

  private Tls with(Source<TlsIdentity> source) {
    return new Tls(description, trust, insecure, () -> Optional.of(checked(source.read())));
  }

  /**
   * Reads and checks everything.
   *
   * @throws PoolOpenException of kind {@code TLS} if a file is missing, garbled, or holds a key
   *     that is not taken or does not belong to its certificate; the message states the rule and
   *     the value
   */
  public TlsMaterial load() throws PoolOpenException {
    return new TlsMaterial(read("identity", identity), read("trust", trust), insecure);
  }

  private static <T> T read(String what, Source<T> source) throws PoolOpenException {
    try {
      return source.read();
    } catch (IOException | GeneralSecurityException e) {
      throw new PoolOpenException(
          PoolOpenException.Kind.TLS, "the TLS " + what + " cannot be used: " + explained(e), e);
    }
  }

  private static String explained(Exception e) {
    String message = String.valueOf(e.getMessage());
    return e instanceof IOException ? e.getClass().getSimpleName() + ": " + message : message;
  }

  private static <T> T inFile(Path file, Reader<T> reader)
      throws IOException, GeneralSecurityException {
    try {
      return reader.read(Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (FileSystemException e) {
      throw e; // names the file itself
    } catch (IOException e) {
      throw new IOException(e.getMessage() + ", in " + file, e);
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(e.getMessage() + ", in " + file, e);
    }
  }

  private static <T> T inText(String pem, Reader<T> reader) throws GeneralSecurityException {
    if (!pem.contains("-----BEGIN ")) {
      throw new GeneralSecurityException(
          "the text must hold a PEM block, it holds none"
              + " (a file is given as a java.nio.file.Path, not as its name)");
    }
    return reader.read(pem);
  }

  private static X509TrustManager authorities(List<X509Certificate> certificates)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < certificates.size(); i++) {
      store.setCertificateEntry("ca-" + i, certificates.get(i));
    }
    return authorities(Optional.of(store));
  }

  private static X509TrustManager authorities(Optional<KeyStore> store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store.orElse(null));
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        if (x509.getAcceptedIssuers().length == 0) { // or each handshake would fail, untyped
          throw new KeyStoreException(
              "what is trusted must hold at least one certificate, it holds none");
        }
        return x509;
      }
    }
    throw new KeyStoreException("the platform has no X.509 trust manager");
  }

  private static TlsIdentity onlyKey(KeyStore store, char[] password)
      throws GeneralSecurityException {
    List<String> aliases = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        aliases.add(alias);
      }
    }
    if (aliases.size() != 1) {
      throw new KeyStoreException("the key store must hold exactly one key, it holds " + aliases);
    }
    Key key = store.getKey(aliases.get(0), password);
    if (!(key instanceof PrivateKey privateKey)) {
      throw new UnrecoverableKeyException("the entry " + aliases.get(0) + " must be a private key");
    }
    return new TlsIdentity(privateKey, x509(store.getCertificateChain(aliases.get(0))));
  }

  private static List<X509Certificate> x509(Certificate[] chain) throws KeyStoreException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Certificate certificate : chain) {
      if (!(certificate instanceof X509Certificate x509)) {
        throw new KeyStoreException("a certificate must be X.509, was " + certificate.getType());
      }
      certificates.add(x509);
    }
    return certificates;
  }

  private static TlsIdentity firstKey(X509KeyManager manager) throws GeneralSecurityException {
    for (String type : List.of("EC", "RSA")) {
      String[] aliases = manager.getClientAliases(type, null);
      if (aliases != null && aliases.length > 0) {
        PrivateKey key = manager.getPrivateKey(aliases[0]);
        X509Certificate[] chain = manager.getCertificateChain(aliases[0]);
        if (key == null || chain == null) {
          throw new KeyStoreException(
              "the key manager must give the key and the chain of " + aliases[0] + ", it does not");
        }
        return new TlsIdentity(key, List.of(chain));
      }
    }
    throw new KeyStoreException("the key manager must hold an EC or RSA key, it holds none");
  }

  private static TlsIdentity checked(TlsIdentity identity) throws GeneralSecurityException {
    if (identity.chain().isEmpty()) {
      throw new KeyStoreException("an identity must have at least one certificate, it has none");
    }
    PublicKey key = identity.chain().get(0).getPublicKey();
    String signature;
    if (key instanceof ECPublicKey ec) {
      int bits = ec.getParams().getOrder().bitLength();
      if (bits != 256 && bits != 384) {
        throw new InvalidKeyException(
            "an EC key must be on the curve P-256 or P-384, was on one of " + bits + " bits");
      }
      signature = "SHA256withECDSA";
    } else if (key instanceof RSAPublicKey rsa) {
      if (rsa.getModulus().bitLength() < 2048) {
        throw new InvalidKeyException(
            "an RSA key must have at least 2048 bits, had " + rsa.getModulus().bitLength());
      }
      signature = "SHA256withRSA";
    } else {
      throw new InvalidKeyException(
          "a key must be EC (P-256, P-384) or RSA, was " + key.getAlgorithm());
    }
    Signature signer = Signature.getInstance(signature);
    try {
      signer.initSign(identity.key());
    } catch (InvalidKeyException e) {
      throw new InvalidKeyException(
          "the private key must belong to the first certificate, it is for "
              + identity.key().getAlgorithm()
              + " and the certificate for "
              + key.getAlgorithm(),
          e);
    }
    byte[] proof = signer.sign();
    signer.initVerify(key);
    if (!signer.verify(proof)) {
      throw new InvalidKeyException(
          "the private key must belong to the first certificate, it does not");
    }
    return identity;
  }

  /** What is trusted, and whether there is an identity; no keys. */
  @Override
  public String toString() {
    return "Tls[" + description + (identity == ANONYMOUS ? "" : ", with identity") + "]";
  }
}

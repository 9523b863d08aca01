package io.quicpool.transport.kwik;

import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.spi.TlsIdentity;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.util.Locale;

/** Who an endpoint is, in the forms that kwik's two sides take. */
final class Identity {
  static final String ALIAS = "self";
  static final char[] PASSWORD = "quicpool".toCharArray(); // of a store that never leaves memory

  private final TlsIdentity identity;
  private final X509Certificate leaf;

  private Identity(TlsIdentity identity, X509Certificate leaf) {
    this.identity = identity;
    this.leaf = leaf;
  }

  /** Checks that kwik can use a key. */
  static Identity of(TlsIdentity identity) throws PoolOpenException {
    if (identity.chain().isEmpty()) {
      throw new PoolOpenException(Kind.TLS, "a TLS identity must have a certificate, it has none");
    }
    Identity made = new Identity(identity, identity.chain().get(0));
    PrivateKey key = identity.key();
    int bits = made.curveBits();
    if (!(key instanceof RSAKey) && bits != 256 && bits != 384) {
      throw new PoolOpenException(
          Kind.TLS,
          "kwik takes RSA, EC P-256 and EC P-384 keys, this one is "
              + key.getAlgorithm()
              + (bits > 0 ? " with " + bits + " bits" : ""));
    }
    return made;
  }

  private int curveBits() {
    return identity.key() instanceof ECKey key
        ? key.getParams().getCurve().getField().getFieldSize()
        : 0;
  }

  PrivateKey key() {
    return identity.key();
  }

  X509Certificate leaf() {
    return leaf;
  }

  /**
   * K12: as a client, kwik chooses how to sign by how the certificate itself was signed, and signs
   * for P-256 and RSA only; with any other pair the handshake would fail where a server asks.
   */
  boolean canBeShownToServers() {
    String signedWith = leaf.getSigAlgName().toLowerCase(Locale.ROOT);
    return curveBits() == 256
        ? signedWith.contains("withecdsa")
        : identity.key() instanceof RSAKey && signedWith.contains("withrsa");
  }

  /** The name of the key's curve as kwik's server wants it; empty for RSA. */
  String curveName() {
    int bits = curveBits();
    return bits == 0 ? "" : "secp" + bits + "r1";
  }

  KeyStore keyStore() throws PoolOpenException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          ALIAS, identity.key(), PASSWORD, identity.chain().toArray(new Certificate[0]));
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new PoolOpenException(Kind.TLS, "the TLS identity's key cannot be used by kwik", e);
    }
  }
}

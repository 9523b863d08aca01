package io.quicpool.spi;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Who this side is: a private key and the certificate chain for it, its own certificate first.
 *
 * @param key an EC (P-256 or P-384) or RSA key
 * @param chain at least one certificate; the first one's key belongs to {@code key}
 */
public record TlsIdentity(PrivateKey key, List<X509Certificate> chain) {

  /** The chain is copied. */
  public TlsIdentity {
    chain = List.copyOf(chain);
  }

  /** Does not show the key. */
  @Override
  public String toString() {
    return "identity "
        + (chain.isEmpty() ? "without certificate" : chain.get(0).getSubjectX500Principal());
  }
}

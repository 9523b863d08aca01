package io.quicpool.spi;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

/** A trust manager's check, of servers or of clients. */
@FunctionalInterface
interface TrustCheck {

  void check(X509Certificate[] chain, String authType) throws CertificateException;

  /** Passes on the trust manager's reason together with the rule that was broken. */
  default void check(List<X509Certificate> chain) throws CertificateException {
    try {
      check(chain.toArray(new X509Certificate[0]), "UNKNOWN");
    } catch (CertificateException e) {
      throw new CertificateException(
          "the peer's certificate must be valid and from an authority that is trusted here: "
              + e.getMessage(),
          e);
    }
  }
}

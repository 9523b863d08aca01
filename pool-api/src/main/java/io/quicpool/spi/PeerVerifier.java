package io.quicpool.spi;

import io.quicpool.Endpoint;
import io.quicpool.Fingerprint;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509TrustManager;

/**
 * Decides, once a connection's certificates are known, whether the peer is who was asked for. A
 * transport calls it during the handshake, so that a peer that fails never sees application data.
 * Thread-safe, and quick: it may run on an event loop.
 */
@FunctionalInterface
public interface PeerVerifier {

  /**
   * Returns if the peer is accepted.
   *
   * @param chain the peer's certificate chain, its own certificate first; empty if it sent none
   * @throws CertificateException if it is not, with the reason
   */
  void verify(List<X509Certificate> chain) throws CertificateException;

  /**
   * Accepts whoever proves a host (a name by a DNS SAN, an address literal by an IP SAN; the
   * subject's common name never counts: RFC 9525, section 6) with a server certificate that the
   * trust manager accepts.
   *
   * @throws io.quicpool.InvalidEndpointException if the host is not a name or an address literal
   */
  static PeerVerifier ofHost(String host, X509TrustManager trust) {
    Endpoint wanted = HostIdentity.wanted(host);
    TrustCheck trusted = trust::checkServerTrusted;
    return chain -> {
      X509Certificate leaf = leaf(chain);
      trusted.check(chain);
      HostIdentity.check(wanted, leaf);
    };
  }

  /**
   * Accepts whoever holds a key; the certificate around it may be self-signed or out of date, since
   * the handshake proves possession of the key and the key is the identity.
   */
  static PeerVerifier ofKey(Fingerprint fingerprint) {
    return chain -> {
      Fingerprint shown = Fingerprint.of(leaf(chain));
      if (!shown.equals(fingerprint)) {
        throw new CertificateException(
            "the peer's key must have the fingerprint " + fingerprint + ", was " + shown);
      }
    };
  }

  /** Accepts a listener whose server certificate the trust manager accepts, whoever it names. */
  static PeerVerifier ofServer(X509TrustManager trust) {
    TrustCheck trusted = trust::checkServerTrusted;
    return chain -> {
      leaf(chain);
      trusted.check(chain);
    };
  }

  /** Accepts a dialler whose client certificate the trust manager accepts, whoever it names. */
  static PeerVerifier ofClient(X509TrustManager trust) {
    TrustCheck trusted = trust::checkClientTrusted;
    return chain -> {
      leaf(chain);
      trusted.check(chain);
    };
  }

  /** Accepts anyone: no protection against an attacker in the path. */
  static PeerVerifier ofAnyone() {
    return chain -> {};
  }

  private static X509Certificate leaf(List<X509Certificate> chain) throws CertificateException {
    if (chain.isEmpty()) {
      throw new CertificateException("the peer must show a certificate, it showed none");
    }
    return chain.get(0);
  }
}

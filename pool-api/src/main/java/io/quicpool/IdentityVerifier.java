package io.quicpool;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * An application's own notion of who its peers are, where neither a host name nor a key's
 * fingerprint says it: a user id in a certificate, say. Thread-safe.
 *
 * <p>It comes after TLS, not instead of it: the peer has proven that it holds the certificate's
 * key, and with {@link Tls#trusting} also that an authority vouches for it.
 */
public interface IdentityVerifier {

  /**
   * Returns if who answered a dial of a {@link Peer.Named} is that peer. Called within the
   * handshake, maybe on an event loop, so it must be quick; it replaces the check of the host name.
   *
   * @param dialled who was dialled
   * @param chain the certificate chain that was shown, the peer's own first; empty if none was
   * @throws CertificateException if it is somebody else, with the reason
   */
  void verify(Peer.Named dialled, List<X509Certificate> chain) throws CertificateException;

  /**
   * Says who dialled us. Called once for each inbound connection that showed a certificate, after
   * its handshake and before it is pooled or any stream of it is handled, on the pool's executor;
   * it may block.
   *
   * @param chain the certificate chain that was shown, the peer's own first; never empty
   * @return a {@link Peer.Named}, or a {@link Peer.Pinned} of the key that was shown; never a
   *     {@link Peer.Service}, which only a dial can prove
   * @throws CertificateException if the connection is to be refused, with the reason
   */
  default Peer identify(List<X509Certificate> chain) throws CertificateException {
    return Peer.pinned(Fingerprint.of(chain.get(0)));
  }
}

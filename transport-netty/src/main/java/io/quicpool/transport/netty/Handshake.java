package io.quicpool.transport.netty;

import io.quicpool.spi.PeerVerifier;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Whether the peer of one handshake is who it should be.
 *
 * <p>One object for each handshake, so that two dials never mix their identities. Confined to the
 * connection's event loop, where the TLS engine verifies, too.
 */
final class Handshake {
  private final PeerVerifier verifier;
  private boolean verified;
  private @Nullable CertificateException refusal;
  private @Nullable SSLEngine engine;

  Handshake(PeerVerifier verifier) {
    this.verifier = verifier;
  }

  /** Asks the verifier, once; what it said holds for this handshake. */
  void verify(List<X509Certificate> chain) throws CertificateException {
    if (refusal != null) {
      throw refusal;
    }
    if (verified) {
      return;
    }
    try {
      verifier.verify(chain);
      verified = true;
    } catch (CertificateException e) {
      refusal = e;
      throw e;
    } catch (RuntimeException e) { // a verifier is user code: what it cannot judge is refused
      refusal = new CertificateException("the peer's verifier failed: " + e, e);
      throw refusal;
    }
  }

  /** Why the peer was refused. The TLS stack tells only that it was. */
  @Nullable CertificateException refusal() {
    return refusal;
  }

  void engine(SSLEngine newEngine) {
    engine = newEngine;
  }

  /** The engine that runs it; null before it has begun. */
  @Nullable SSLEngine engine() {
    return engine;
  }
}

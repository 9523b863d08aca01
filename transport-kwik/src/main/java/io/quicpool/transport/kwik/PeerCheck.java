package io.quicpool.transport.kwik;

import io.quicpool.spi.PeerVerifier;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.X509TrustManager;

/**
 * The verification of one dial, in the place where kwik asks a trust manager. K5: kwik's own check
 * of the host name accepts certificates that name nobody, so it is off, and this decides alone. One
 * object for each dial, so that identities never mix. What kwik tells of a refusal is a text, so
 * the cause is handed on from here.
 */
final class PeerCheck implements X509TrustManager {
  private final PeerVerifier verifier;
  private final Consumer<CertificateException> refused;
  private volatile boolean passed;

  PeerCheck(PeerVerifier verifier, Consumer<CertificateException> refused) {
    this.verifier = verifier;
    this.refused = refused;
  }

  /** Whether the peer was verified and accepted. */
  boolean passed() {
    return passed;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    try {
      verifier.verify(List.of(chain));
      passed = true;
    } catch (CertificateException e) {
      refused.accept(e);
      throw e;
    } catch (RuntimeException e) {
      CertificateException wrapped = new CertificateException("the peer's verifier failed", e);
      refused.accept(wrapped);
      throw wrapped;
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this side dials: it is shown no client's certificate");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}

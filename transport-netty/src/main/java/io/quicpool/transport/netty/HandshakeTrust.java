package io.quicpool.transport.netty;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Answers for one TLS context that all handshakes of an endpoint share: it finds the handshake by
 * its engine and leaves the judgement to that handshake's own verifier.
 *
 * <p>So the host name, which the codec verifies not at all (N5), is checked within the handshake: a
 * peer that fails never sees application data.
 */
final class HandshakeTrust extends X509ExtendedTrustManager {
  private final Map<SSLEngine, Handshake> handshakes = new ConcurrentHashMap<>();

  void begin(SSLEngine engine, Handshake handshake) {
    handshake.engine(engine);
    handshakes.put(engine, handshake);
  }

  void end(Handshake handshake) {
    SSLEngine engine = handshake.engine();
    if (engine != null) {
      handshakes.remove(engine);
    }
  }

  int running() {
    return handshakes.size();
  }

  private void check(X509Certificate[] chain, SSLEngine engine) throws CertificateException {
    Handshake handshake = handshakes.get(engine);
    if (handshake == null) {
      throw new CertificateException("no handshake is known for this TLS engine");
    }
    handshake.verify(List.of(chain));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw withoutEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw withoutEngine();
  }

  private static CertificateException withoutEngine() {
    return new CertificateException("a peer is verified only within a QUIC handshake");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0]; // a hint for the peer; none means: send what you have
  }
}

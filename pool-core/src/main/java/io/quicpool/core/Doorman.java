package io.quicpool.core;

import io.quicpool.Fingerprint;
import io.quicpool.IdentityVerifier;
import io.quicpool.Peer;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.TlsMaterial;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * Finds out who dials us: within the handshake, whether the certificate is trusted; after it, whose
 * it is. Those who pass come to {@link Admission}, the others are refused with the reason.
 *
 * <p>The endpoint listens before the pool is put together, so the first may have to wait.
 */
final class Doorman {
  private final Optional<IdentityVerifier> identities;
  private final Semaphore identifying;
  private final CompletableFuture<Admission> admission = new CompletableFuture<>();

  private final CurrentTls tls;

  /**
   * For a pool that is being put together.
   *
   * @param atATime how many may be identified at a time: the application may take long
   */
  Doorman(Optional<IdentityVerifier> identities, CurrentTls tls, int atATime) {
    this.identifying = new Semaphore(atATime);
    this.tls = tls;
    this.identities = identities;
  }

  /** Lets in from now on. */
  void open(Admission ready) {
    admission.complete(ready);
  }

  /** Who shows no certificate is anonymous: whether that will do, the handshake has settled. */
  void verify(List<X509Certificate> chain) throws CertificateException {
    // Where nothing is trusted the key itself is the identity, or nobody is verified at all.
    if (!chain.isEmpty() && tls.get().trust().isPresent()) {
      PeerVerifier.ofClient(tls.get().trust().get()).verify(chain);
    }
  }

  /** On the pool's executor: who it is may be the application's to say, and take its time. */
  void accept(QuicConnection connection) {
    admission.thenAccept(ready -> accept(connection, ready));
  }

  private void accept(QuicConnection connection, Admission ready) {
    if (!identifying.tryAcquire()) {
      ready.refusedForRoom(connection);
      return;
    }
    try {
      admit(connection, ready);
    } finally {
      identifying.release();
    }
  }

  private void admit(QuicConnection connection, Admission ready) {
    Peer peer;
    TlsMaterial judgedBy;
    try {
      peer = identify(connection);
      judgedBy = tls.get();
      verify(connection.peerCertificates()); // again: the settings may have been reloaded
    } catch (CertificateException e) {
      ready.refused(connection, e);
      return;
    } catch (RuntimeException | Error e) {
      ready.refused(connection, new CertificateException("the identity verifier failed: " + e, e));
      return;
    }
    if (!ready.accepted(peer, connection, () -> tls.get().equals(judgedBy))) {
      admit(connection, ready); // they were reloaded this very moment
    }
  }

  private Peer identify(QuicConnection connection) throws CertificateException {
    List<X509Certificate> chain = connection.peerCertificates();
    if (chain.isEmpty()) {
      return Peer.anonymous(connection.remoteAddress());
    }
    Fingerprint key = Fingerprint.of(chain.get(0));
    if (identities.isEmpty()) {
      return Peer.pinned(key);
    }
    Peer peer = identities.get().identify(chain);
    if (peer instanceof Peer.Named
        || peer instanceof Peer.Pinned pinned && pinned.fingerprint().equals(key)) {
      return peer;
    }
    throw new CertificateException(
        "an inbound peer must be named, or pinned by the key it showed (" + key + "), was " + peer);
  }
}

package io.quicpool.core;

import io.quicpool.Fingerprint;
import io.quicpool.Origin;
import io.quicpool.spi.QuicConnection;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Which of two connections to one peer stays. Both ends must come to the same answer without a word
 * to each other, so it depends only on what both see.
 *
 * <ol>
 *   <li>A direct connection goes before a relayed one.
 *   <li>Of two that both sides dialled to each other, the one stays that was dialled by the side
 *       whose key's fingerprint is lower: only where both have proven a key, on both connections.
 *   <li>Of two that the same side dialled the later one stays: whoever dials again has lost the
 *       first.
 *   <li>Otherwise the one that is pooled stays, unless the application hands the other over. The
 *       other end, to which one of them is anonymous, goes on using its own.
 * </ol>
 */
final class Rivals {
  private volatile Optional<String> ownKey;

  Rivals(Optional<Fingerprint> ownKey) {
    this.ownKey = ownKey.map(Fingerprint::toString);
  }

  /** This side has another key. */
  void reload(Optional<Fingerprint> newKey) {
    ownKey = newKey.map(Fingerprint::toString);
  }

  /** Whether a newcomer takes the place of the pooled one. */
  boolean isBetter(QuicConnection newcomer, Origin origin, Entry pooled) {
    boolean relayed = pooled.origin() == Origin.RELAYED;
    if (relayed || origin == Origin.RELAYED) {
      return relayed;
    }
    if (newcomer.isDialled() == pooled.connection().isDialled()) {
      return true;
    }
    Optional<String> ours = ownKey;
    Optional<String> theirs = keyOf(newcomer);
    if (ours.isPresent()
        && theirs.isPresent()
        && theirs.equals(keyOf(pooled.connection()))
        && !theirs.equals(ours)) {
      return ours.get().compareTo(theirs.get()) < 0 == newcomer.isDialled();
    }
    return origin == Origin.ADOPTED; // the application's word, where there is no other
  }

  private static Optional<String> keyOf(QuicConnection connection) {
    List<X509Certificate> chain = connection.peerCertificates();
    return chain.isEmpty()
        ? Optional.empty()
        : Optional.of(Fingerprint.of(chain.get(0)).toString());
  }
}

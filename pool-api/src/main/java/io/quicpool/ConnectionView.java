package io.quicpool;

import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A pooled connection, to be looked at: it can neither be closed nor opened streams on from here,
 * so that nothing goes round the pool's accounting. Thread-safe; valid, as a view, beyond the lease
 * that gave it.
 */
public interface ConnectionView {

  /** A number of the connection that is unique in its pool, for logs. */
  long id();

  /** Who is at the other end. */
  Peer peer();

  /** Where packets to the peer are sent. */
  InetSocketAddress remoteAddress();

  /** The application protocol that both sides agreed on (RFC 7301). */
  String alpn();

  /** The peer's certificate chain, its own certificate first; empty if the peer is anonymous. */
  List<X509Certificate> peerCertificates();

  /** How the connection came into the pool. */
  Origin origin();

  /** How long ago it came into the pool. */
  Duration age();

  /** Whether the connection is up, as far as this side knows. */
  boolean isOpen();

  /** What the QUIC stack tells about it, now or a moment ago. */
  ConnectionStats stats();

  /**
   * The QUIC stack's own object, if it is of that type. Closing it, or opening streams on it, goes
   * round the pool's accounting and is the caller's risk.
   */
  <T> Optional<T> unwrap(Class<T> type);
}

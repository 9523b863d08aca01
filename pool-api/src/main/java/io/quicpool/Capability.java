package io.quicpool;

/** What a QUIC stack under a transport can do beyond the transport's contract. */
public enum Capability {
  /** Connections carry the certificates by which the peer was verified. */
  PEER_CERTIFICATES,
  /**
   * A listener can ask the dialler for a certificate (mutual TLS), so inbound peers have a name.
   */
  CLIENT_CERTIFICATES,
  /** A read that blocks can be interrupted; where missing, the stream timeout still holds. */
  INTERRUPTIBLE_READ,
  /** The peer's code of a stream reset is told. */
  RESET_CODES,
  /** Stream credit is known as a number, not only as a stream that does not open. */
  STREAM_CREDIT,
  /** A connection can be probed without help of the peer's application. */
  PROBE,
  /**
   * What a listener accepted survives that the dialler's address changes, as a NAT does without
   * asking (RFC 9000, section 9); where missing, the dialler finds the connection dead.
   */
  REBINDING,
  /** All dials of an endpoint share one UDP socket. */
  SHARED_SOCKET,
  /** A connection made elsewhere with the same stack can be wrapped. */
  ADOPT
}

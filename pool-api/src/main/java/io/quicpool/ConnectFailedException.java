package io.quicpool;

import java.util.Locale;

/** A dial failed; {@link #phase()} tells how far it came. Nothing was pooled. */
public final class ConnectFailedException extends PoolException {
  private static final long serialVersionUID = 1L;

  /** How far a dial came. */
  public enum Phase {
    /** No address is known for the peer, or its host name has none. */
    RESOLVE,
    /** No answer, or the QUIC handshake failed for a reason that is none of those below. */
    HANDSHAKE,
    /** The peer's certificate is not trusted, or does not prove the identity that was asked for. */
    IDENTITY,
    /** The two sides share no application protocol (RFC 9001, section 8.1). */
    ALPN,
    /** Reserved: the peer failed a moment ago and is not dialled again yet. */
    BACKOFF
  }

  private final Phase phase;

  /** Made with how far the dial came and the explanation. */
  public ConnectFailedException(Phase phase, String message) {
    super(phase.name().toLowerCase(Locale.ROOT) + ": " + message);
    this.phase = phase;
  }

  /** Made with how far the dial came, the explanation, and what led to it. */
  public ConnectFailedException(Phase phase, String message, Throwable cause) {
    super(phase.name().toLowerCase(Locale.ROOT) + ": " + message, cause);
    this.phase = phase;
  }

  /** How far the dial came. */
  public Phase phase() {
    return phase;
  }
}

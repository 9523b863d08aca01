package io.quicpool;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
    /** The peer failed a moment ago and is not dialled again yet: see {@link #retryIn()}. */
    BACKOFF
  }

  private final Phase phase;
  private final @Nullable Duration retryIn;

  /** Made with how far the dial came and the explanation. */
  public ConnectFailedException(Phase phase, String message) {
    super(phase.name().toLowerCase(Locale.ROOT) + ": " + message);
    this.phase = phase;
    this.retryIn = null;
  }

  /** Made with how far the dial came, the explanation, and what led to it. */
  public ConnectFailedException(Phase phase, String message, Throwable cause) {
    super(phase.name().toLowerCase(Locale.ROOT) + ": " + message, cause);
    this.phase = phase;
    this.retryIn = null;
  }

  /** Made with all that, and after how long the peer would be dialled again. */
  public ConnectFailedException(Phase phase, String message, Throwable cause, Duration retryIn) {
    super(phase.name().toLowerCase(Locale.ROOT) + ": " + message, cause);
    this.phase = phase;
    this.retryIn = retryIn;
  }

  /** How far the dial came. */
  public Phase phase() {
    return phase;
  }

  /** After how long the peer would be dialled again; known in {@link Phase#BACKOFF} alone. */
  public Optional<Duration> retryIn() {
    return Optional.ofNullable(retryIn);
  }
}

package io.quicpool;

import java.util.OptionalLong;

/**
 * A stream was ended abruptly, by the peer's RESET_STREAM or STOP_SENDING (RFC 9000, sections 19.4
 * and 19.5) or by this side's own reset: what was read so far is not the whole.
 */
public final class StreamResetException extends PoolException {
  private static final long serialVersionUID = 1L;

  private final boolean known;
  private final long code;

  /** Made where the application error code is known. */
  public StreamResetException(String message, long code) {
    super(message);
    this.known = true;
    this.code = code;
  }

  /** Made where the QUIC stack does not tell the application error code. */
  public StreamResetException(String message) {
    super(message);
    this.known = false;
    this.code = 0;
  }

  /** The application error code; empty where the QUIC stack does not tell it. */
  public OptionalLong code() {
    return known ? OptionalLong.of(code) : OptionalLong.empty();
  }
}

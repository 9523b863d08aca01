package io.quicpool;

/**
 * The peer's stream limit (RFC 9000, section 4.6) left no room for another stream within the
 * deadline.
 */
public final class StreamLimitException extends PoolException {
  private static final long serialVersionUID = 1L;

  /** Made with the explanation that the caller reads. */
  public StreamLimitException(String message) {
    super(message);
  }

  /** Made with the explanation that the caller reads, and what led to it. */
  public StreamLimitException(String message, Throwable cause) {
    super(message, cause);
  }
}

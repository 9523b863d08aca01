package io.quicpool;

/** The pool, or the endpoint under it, is closed or closing: it hands out nothing any more. */
public final class PoolClosedException extends PoolException {
  private static final long serialVersionUID = 1L;

  /** Made with the explanation that the caller reads. */
  public PoolClosedException(String message) {
    super(message);
  }

  /** Made with the explanation that the caller reads, and what led to it. */
  public PoolClosedException(String message, Throwable cause) {
    super(message, cause);
  }
}

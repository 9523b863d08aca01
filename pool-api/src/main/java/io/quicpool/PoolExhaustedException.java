package io.quicpool;

/**
 * The pool is full, nothing is idle, and as many callers wait already as {@code maxPending} allows:
 * refused at once rather than queued.
 */
public final class PoolExhaustedException extends PoolException {
  private static final long serialVersionUID = 1L;

  /** Made with the explanation that the caller reads. */
  public PoolExhaustedException(String message) {
    super(message);
  }

  /** Made with the explanation that the caller reads, and what led to it. */
  public PoolExhaustedException(String message, Throwable cause) {
    super(message, cause);
  }
}

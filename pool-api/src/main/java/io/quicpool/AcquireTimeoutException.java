package io.quicpool;

/**
 * No connection could be had within the acquire timeout: the dial had not ended, or every
 * connection stayed in use. The message tells which, and how full the pool was.
 */
public final class AcquireTimeoutException extends PoolException {
  private static final long serialVersionUID = 1L;

  /** Made with the explanation that the caller reads. */
  public AcquireTimeoutException(String message) {
    super(message);
  }

  /** Made with the explanation that the caller reads, and what led to it. */
  public AcquireTimeoutException(String message, Throwable cause) {
    super(message, cause);
  }
}

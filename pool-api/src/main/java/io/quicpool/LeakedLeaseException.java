package io.quicpool;

/**
 * Tells where a lease was acquired that was not closed: its cause has the stack. Given to {@link
 * PoolListener#leaked}, never thrown.
 */
public final class LeakedLeaseException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Made with what happened, and the stack that acquired the lease. */
  public LeakedLeaseException(String message, Throwable acquired) {
    super(message, acquired);
  }
}

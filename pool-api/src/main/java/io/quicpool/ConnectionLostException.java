package io.quicpool;

/**
 * The connection under a lease or a stream has ended; {@link #reason()} tells by whom and why. Work
 * in flight may or may not have reached the peer.
 */
public final class ConnectionLostException extends PoolException {
  private static final long serialVersionUID = 1L;

  private final transient CloseReason reason;

  /** Made with the reason that the connection ended for. */
  public ConnectionLostException(String message, CloseReason reason) {
    super(message + ": " + reason);
    this.reason = reason;
  }

  /** Made with the reason that the connection ended for, and the stack's own error. */
  public ConnectionLostException(String message, CloseReason reason, Throwable cause) {
    super(message + ": " + reason, cause);
    this.reason = reason;
  }

  /** By whom and why the connection ended. */
  public CloseReason reason() {
    return reason;
  }
}

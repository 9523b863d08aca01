package io.quicpool.core;

import io.quicpool.CloseReason;
import io.quicpool.spi.QuicConnection;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** Closes connections of transports that may throw. */
final class Closing {
  private Closing() {}

  /** Why a connection has ended, by the outcome of its {@link QuicConnection#closed}. */
  static CloseReason told(@Nullable CloseReason reason, @Nullable Throwable failure) {
    return reason != null
        ? reason
        : new CloseReason(
            CloseReason.Kind.LOST,
            0,
            failure == null ? "the transport gave no reason" : failure.toString());
  }

  /**
   * Closes; what the transport throws is logged, since the connection is out of the pool anyway.
   */
  static void close(QuicConnection connection, long code, String reason) {
    try {
      connection.close(code, reason);
    } catch (RuntimeException e) {
      Callbacks.LOG.log(
          Level.WARNING, "the transport failed to close a connection to " + connection, e);
    }
  }
}

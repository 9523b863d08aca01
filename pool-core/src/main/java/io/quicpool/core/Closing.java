package io.quicpool.core;

import io.quicpool.spi.QuicConnection;
import java.lang.System.Logger.Level;

/** Closes connections of transports that may throw. */
final class Closing {
  private Closing() {}

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

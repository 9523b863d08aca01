package io.quicpool;

import java.io.IOException;

/**
 * Why the pool, a connection or a stream could not do what it was asked. Each kind is a class of
 * its own, and each message explains itself with numbers.
 *
 * <p>An interrupted wait is not one of these: it is a {@link java.io.InterruptedIOException}, with
 * the thread's interrupt flag set.
 */
public abstract sealed class PoolException extends IOException
    permits AcquireTimeoutException,
        ConnectFailedException,
        ConnectionLostException,
        PoolClosedException,
        PoolExhaustedException,
        PoolOpenException,
        StreamLimitException,
        StreamResetException,
        StreamTimeoutException {
  private static final long serialVersionUID = 1L;

  PoolException(String message) {
    super(message);
  }

  PoolException(String message, Throwable cause) {
    super(message, cause);
  }
}

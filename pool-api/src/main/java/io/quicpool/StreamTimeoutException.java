package io.quicpool;

import java.time.Duration;

/**
 * A read or write did not progress within the stream's timeout ({@link
 * QuicStream#timeout(Duration)}); both directions of the stream have been reset.
 */
public final class StreamTimeoutException extends PoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Made by the stream that gave up.
   *
   * @param doing what was waited for, such as {@code "read"}
   */
  public StreamTimeoutException(String doing, long streamId, Duration timeout) {
    super(
        doing
            + " on stream "
            + streamId
            + " made no progress within "
            + timeout.toMillis()
            + " ms; stream reset");
  }
}

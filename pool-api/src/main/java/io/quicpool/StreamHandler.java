package io.quicpool;

import java.io.IOException;

/**
 * Gets the streams that peers open, on connections of the pool of every {@link Origin}.
 *
 * <p>Called on the pool's executor, each call as a task of its own that may block. The connection
 * is kept in the pool's books as in use until the stream ends, so it is not evicted or expired
 * under the handler.
 */
@FunctionalInterface
public interface StreamHandler {

  /**
   * Handles a stream, which is the handler's to close; it may go on with it after it returned. If
   * it throws, the throw is logged and the stream closed: reset, unless its output was ended.
   *
   * @param stream the peer's stream
   * @param from who opened it, on which connection
   * @throws IOException if the stream fails under it
   */
  void handle(QuicStream stream, ConnectionView from) throws IOException;
}

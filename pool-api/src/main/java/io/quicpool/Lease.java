package io.quicpool;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A share of a pooled connection. QUIC multiplexes, so many leases stand on one connection; while
 * one is open the pool does not evict or expire that connection, and closes it only if its peer is
 * found dead, or at the deadline of {@link QuicPool#close}.
 *
 * <p>A stream opened from a lease holds a share of its own until it ends, so a lease closed early
 * loses no data. Thread-safe.
 */
public interface Lease extends AutoCloseable {

  /** The connection under this lease, to be looked at. */
  ConnectionView connection();

  /**
   * Opens a bidirectional stream, waiting for stream credit for at most the pool's acquire timeout.
   *
   * @throws StreamLimitException if the peer allowed no further stream in that time
   * @throws ConnectionLostException if the connection has ended
   * @throws java.io.InterruptedIOException if the thread is interrupted while waiting
   * @throws IllegalStateException if this lease was released
   */
  QuicStream openStream() throws IOException;

  /** {@link #openStream()}, waiting for stream credit at most that long. */
  QuicStream openStream(Duration timeout) throws IOException;

  /**
   * {@link #openStream()} without blocking. Cancelling the future leaves the wait; a stream that
   * arrives then is reset.
   */
  CompletableFuture<QuicStream> openStreamAsync();

  /**
   * Takes the connection under this lease (that one, never a newer one of the same peer) out of the
   * pool: nobody is handed it any more, and it is closed when its last share is given back.
   */
  void invalidate();

  /**
   * Tells the pool that something went wrong on the connection under this lease, so that it finds
   * out at once whether the peer is still there: the connection is handed out no more until its
   * peer's QUIC stack (and its application, with {@link PoolBuilder#probe}) gives a sign of life,
   * and removed if it does not. One that cannot be asked is {@linkplain #invalidate() invalidated}.
   * May be called after {@link #close()}, too.
   *
   * @param cause what went wrong, for the log
   */
  void reportFailure(Throwable cause);

  /** Gives the share back. Further calls do nothing. */
  @Override
  void close();
}

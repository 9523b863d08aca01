package io.quicpool;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A bidirectional QUIC stream (RFC 9000, section 2), for blocking use.
 *
 * <p>The output holds back at most one small chunk. It leaves by {@code flush()}, when more is
 * written than fits it, with {@code output().close()} (then together with the FIN), and before a
 * read of this stream's input blocks, so that request and reply on one open stream never deadlock.
 *
 * <p>Ending: {@code output().close()} sends FIN, which tells the peer that it has everything; it
 * throws if the FIN could not be sent, unless this side has reset the output itself. {@link
 * #close()} resets an output that was not ended, so that in try-with-resources an exception never
 * makes a cut message look whole; it asks the peer to stop sending if the input was not read to its
 * end. An output already ended is delivered all the same.
 *
 * <p>Errors: reads and writes throw {@link StreamResetException}, {@link StreamTimeoutException}
 * (then both directions are reset), {@link ConnectionLostException}, or {@link
 * java.io.InterruptedIOException} with the interrupt flag set where the stack can be interrupted
 * ({@link Capability#INTERRUPTIBLE_READ}). An end of input ({@code -1}) is seen only if the peer
 * sent its FIN and every byte before it was read.
 *
 * <p>Thread-safety: one thread at a time reads and one writes; they may be two. {@link #reset},
 * {@link #stopSending} and {@link #close} may be called from any thread.
 */
public interface QuicStream extends AutoCloseable {

  /** The application error code of a reset that {@link #close()} or a timeout sends. */
  long CANCELLED = 0;

  /** The stream's id (RFC 9000, section 2.1). */
  long id();

  /** What the peer sends. Closing it before its end asks the peer to stop sending. */
  InputStream input();

  /** What is sent to the peer. Closing it sends FIN. */
  OutputStream output();

  /**
   * Ends the output abruptly (RESET_STREAM): the peer may lose what it has not read.
   *
   * @param code the application error code, from 0 to 2^62 − 1
   */
  void reset(long code);

  /**
   * Asks the peer to stop sending (STOP_SENDING) and discards what arrives.
   *
   * @param code the application error code, from 0 to 2^62 − 1
   */
  void stopSending(long code);

  /**
   * Sets how long a read or a write may make no progress; default: the pool's stream timeout (30
   * s).
   *
   * @return this stream
   * @throws IllegalArgumentException if it is zero, negative or longer than 24 hours
   */
  QuicStream timeout(Duration timeout);

  /** How long a read or a write may make no progress. */
  Duration timeout();

  /**
   * Completes when the stream needs its connection no longer: both directions have ended, and an
   * output that ended with FIN has had the time to be delivered. Never completes exceptionally.
   */
  CompletionStage<Void> ended();

  /**
   * Ends what is still open, as told above. Never blocks for the peer; further calls do nothing.
   */
  @Override
  void close();
}

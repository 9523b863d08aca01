package io.quicpool.spi;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionStats;
import io.quicpool.QuicStream;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * A QUIC connection whose handshake has ended, with its peer verified. Thread-safe; no method
 * blocks.
 */
public interface QuicConnection {

  /** Where packets to the peer are sent. */
  InetSocketAddress remoteAddress();

  /** Whether this side dialled it: is its client (RFC 9000, section 1.2). */
  boolean isDialled();

  /** The application protocol that both sides agreed on (RFC 7301). */
  String alpn();

  /** The peer's certificate chain, its own certificate first; empty if the peer is anonymous. */
  List<X509Certificate> peerCertificates();

  /** Whether the connection is up, as far as this side knows. */
  boolean isOpen();

  /**
   * Completes once, with by whom and why, when the connection has ended. Never completes
   * exceptionally.
   */
  CompletionStage<CloseReason> closed();

  /**
   * Calls {@code told} once, when the connection has ended, with by whom and why; within this call
   * if it has ended already. It must not block or throw.
   *
   * <p>The same as a dependent of {@link #closed}, which the default makes; a transport that keeps
   * a {@link ClosedSignal} does it without one, which a large pool notices.
   */
  default void onClosed(Consumer<CloseReason> told) {
    closed()
        .whenComplete(
            (reason, failure) ->
                told.accept(
                    reason != null
                        ? reason
                        : new CloseReason(CloseReason.Kind.LOST, 0, String.valueOf(failure))));
  }

  /**
   * Opens a bidirectional stream. The future completes in the order of the calls as the peer's
   * stream limit allows, however long that takes, or exceptionally with a {@link
   * io.quicpool.ConnectionLostException} when the connection ends. Cancelling it leaves the queue
   * without using credit up.
   */
  CompletableFuture<QuicStream> openStream();

  /**
   * How many streams could be opened at once, 0 while some are waited for; empty where the stack
   * does not tell ({@code STREAM_CREDIT}), or has not heard of the peer's limit yet. Asked while
   * decisions are made: it must not wait, nor complete a future.
   */
  OptionalLong availableStreams();

  /**
   * Sets who gets the streams that the peer opens, each by a call of its own on the executor of
   * {@link EndpointConfig#handlerExecutor()}, where it may block. Those that came before wait for
   * it.
   *
   * @throws IllegalStateException if a handler was set before
   */
  void onStream(Consumer<QuicStream> handler);

  /**
   * Whether {@link #probe} can tell: both sides agreed on what it needs. Where it cannot, silence
   * says nothing about the peer. May become true a moment after the dial.
   */
  boolean canProbe();

  /**
   * Asks the peer's QUIC stack for a sign of life that no application has to answer (one small
   * ack-eliciting packet). Completes with true as soon as any packet from the peer is seen after
   * the call, with false when none was for that long, or when the connection cannot be probed or
   * has ended. A transport that knows that no stream can be written any more, since one timed out
   * and all are shut, says false too. Never completes exceptionally.
   */
  CompletableFuture<Boolean> probe(Duration patience);

  /** How long ago the last packet from the peer was seen, where the stack tells. */
  Optional<Duration> sinceLastPacket();

  /**
   * What the stack tells about the connection, now or a moment ago; a number it does not keep is
   * empty.
   */
  ConnectionStats stats();

  /**
   * Closes at once, telling the peer (CONNECTION_CLOSE of type 0x1d, RFC 9000, section 19.19).
   * Streams still open are cut. Further calls do nothing.
   *
   * @param code the application error code, from 0 to 2^31 − 1
   * @param reason a short text for the peer, may be empty
   */
  void close(long code, String reason);

  /** The stack's own object, if it is of that type. */
  <T> Optional<T> unwrap(Class<T> type);
}

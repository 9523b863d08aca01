package io.quicpool.core;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.PoolException;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.StreamLimitException;
import io.quicpool.spi.AbstractQuicStream;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Opens streams on entries: each takes a share of its own, waits for stream credit within a
 * deadline, and gives the share back when the stream ends.
 */
final class StreamOpener {
  /** After how long a stream is not being opened any more, but waits for credit. */
  static final Duration MOMENT = Duration.ofMillis(50);

  private static final CloseReason UNTOLD = new CloseReason(CloseReason.Kind.LOST, 0, "");

  private final PoolTime time;
  private final Callbacks callbacks;
  private final CurrentLimits limits;
  private final boolean tellsOfWaits;

  /**
   * Opens streams.
   *
   * @param limits say how long a stream may wait unless somebody says otherwise
   * @param tellsOfWaits whether entries count the streams that wait on them
   */
  StreamOpener(PoolTime time, Callbacks callbacks, CurrentLimits limits, boolean tellsOfWaits) {
    this.tellsOfWaits = tellsOfWaits;
    this.time = time;
    this.callbacks = callbacks;
    this.limits = limits;
  }

  QuicStream open(Entry entry) throws IOException {
    return open(entry, limits.acquireTimeoutNanos());
  }

  QuicStream open(Entry entry, long waitNanos) throws IOException {
    CompletableFuture<QuicStream> opening = begin(entry, waitNanos);
    try {
      return opening.get();
    } catch (InterruptedException e) {
      if (!opening.cancel(false)) { // it was opened at the same moment
        opening.thenAccept(QuicStream::close);
      }
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a stream on " + entry);
    } catch (ExecutionException e) {
      throw failure(entry, e.getCause() == null ? e : e.getCause());
    }
  }

  /** The future's dependents run on the callbacks' executor. */
  CompletableFuture<QuicStream> openAsync(Entry entry) {
    CompletableFuture<QuicStream> handed = new CompletableFuture<>();
    CompletableFuture<QuicStream> opening = begin(entry, limits.acquireTimeoutNanos());
    handed.whenComplete((stream, failure) -> opening.cancel(false));
    opening.whenComplete(
        (stream, failure) -> {
          if (stream == null && opening.isCancelled()) {
            return;
          }
          callbacks.execute(
              () -> {
                if (stream == null) {
                  handed.completeExceptionally(failure(entry, Dial.unwrapped(failure)));
                } else if (!handed.complete(stream)) {
                  stream.close();
                }
              });
        });
    return handed;
  }

  private CompletableFuture<QuicStream> begin(Entry entry, long waitNanos) {
    if (!entry.tryAcquireStream()) {
      return CompletableFuture.failedFuture(
          entry.state() != UseWord.CLOSED && UseWord.streams(entry.word()) == UseWord.MAX_STREAMS
              ? tooMany(entry)
              : ended(entry));
    }
    CompletableFuture<QuicStream> result = new CompletableFuture<>();
    CompletableFuture<QuicStream> opening = start(entry);
    opening.whenComplete(
        (stream, failure) -> {
          if (stream == null) {
            entry.release(UseWord.STREAM);
            result.completeExceptionally(
                failure == null ? new IllegalStateException("no stream was opened") : failure);
            return;
          }
          if (stream instanceof AbstractQuicStream common) {
            common.onTimeout(() -> entry.table().timedOut(entry));
          }
          entry.creditSeen();
          stream
              .ended()
              .whenComplete(
                  (ended, none) -> {
                    entry.creditSeen();
                    entry.release(UseWord.STREAM);
                  });
          if (!result.complete(stream)) {
            stream.close(); // too late: the caller has gone
          }
        });
    if (!result.isDone()) {
      PoolTime.Alarm alarm =
          time.schedule(
              waitNanos,
              () -> {
                if (waitNanos >= MOMENT.toNanos()) {
                  entry.creditRefused(); // before whoever waits looks for another connection
                }
                if (!result.completeExceptionally(limitReached(entry, waitNanos))) {
                  entry.creditSeen();
                }
              });
      result.whenComplete(
          (stream, failure) -> {
            alarm.cancel();
            opening.cancel(false);
          });
      if (tellsOfWaits) {
        tellOfWait(entry, result);
      }
    }
    return result;
  }

  private void tellOfWait(Entry entry, CompletableFuture<QuicStream> waiting) {
    PoolTime.Alarm alarm =
        time.schedule(
            MOMENT.toNanos(),
            () -> {
              entry.countShortOfCredit(1);
              waiting.whenComplete((stream, failure) -> entry.countShortOfCredit(-1));
            });
    waiting.whenComplete((stream, failure) -> alarm.cancel());
  }

  private static CompletableFuture<QuicStream> start(Entry entry) {
    try {
      return Objects.requireNonNull(
          entry.connection().openStream(), "openStream must return a future, it returned none");
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static StreamLimitException limitReached(Entry entry, long waitNanos) {
    return new StreamLimitException(
        "the peer allowed no further stream on "
            + entry
            + " within "
            + Duration.ofNanos(waitNanos).toMillis()
            + " ms ("
            + UseWord.streams(entry.word())
            + " open or waiting)");
  }

  private static StreamLimitException tooMany(Entry entry) {
    return new StreamLimitException(
        "at most "
            + UseWord.MAX_STREAMS
            + " streams may be open on a connection, "
            + entry
            + " has as many");
  }

  private static ConnectionLostException ended(Entry entry) {
    RemovalCause removal = entry.removal();
    return new ConnectionLostException(
        entry + " has ended",
        removal == RemovalCause.DIED
            ? told(entry.connection())
            : CloseReason.local(removal.code(), removal.text()));
  }

  /** Why the transport says that the connection has ended, which it may do a moment late. */
  private static CloseReason told(QuicConnection connection) {
    try {
      return connection.closed().toCompletableFuture().handle(Closing::told).getNow(UNTOLD);
    } catch (RuntimeException e) { // the transport's
      return Closing.told(null, e);
    }
  }

  private static PoolException failure(Entry entry, Throwable cause) {
    if (cause instanceof PoolException typed) {
      return typed;
    }
    return new ConnectionLostException("no stream could be opened on " + entry, UNTOLD, cause);
  }
}

package io.quicpool.cli;

import io.quicpool.QuicStream;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One message to an echo peer and back, byte for byte. */
final class Exchange {
  private static final int WRITTEN_AHEAD = 16 * 1024; // fits the windows of any peer
  private static final long OPEN_SECONDS = 10;

  /** The common pool has fewer threads than there may be callers, and they must not wait. */
  private static final ExecutorService WRITERS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "quicpool-writer");
            thread.setDaemon(true);
            return thread;
          });

  private Exchange() {}

  /** A message that no other is like, however many are sent. */
  static byte[] message(long number, int size) {
    byte[] message = new byte[size];
    new Random(number).nextBytes(message);
    return message;
  }

  /** Sends a message, ends the output, and reads the echo to its end; the stream is then closed. */
  static void echo(QuicStream stream, byte[] message) throws IOException, CommandFailedException {
    try (stream) {
      byte[] reply;
      if (message.length <= WRITTEN_AHEAD) {
        write(stream, message);
        reply = stream.input().readNBytes(message.length + 1);
      } else {
        // A peer that echoes while it reads stops reading when nobody takes what it echoes.
        Future<Void> written =
            WRITERS.submit(
                () -> {
                  write(stream, message);
                  return null;
                });
        reply = stream.input().readNBytes(message.length + 1);
        join(written);
      }
      if (!Arrays.equals(reply, message)) {
        throw new CommandFailedException(
            "the peer must echo what it is sent: "
                + message.length
                + " bytes were sent, "
                + (reply.length > message.length ? "more" : reply.length)
                + " came back"
                + (reply.length == message.length ? ", of other content" : ""));
      }
    }
  }

  /** Opens a stream on an unpooled connection. */
  static QuicStream open(QuicConnection connection) throws IOException, CommandFailedException {
    try {
      return connection.openStream().get(OPEN_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new CommandFailedException(
          "the peer must allow a stream, it allowed none for " + OPEN_SECONDS + " s", e);
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static void write(QuicStream stream, byte[] message) throws IOException {
    stream.output().write(message);
    stream.output().close();
  }

  private static void join(Future<Void> written) throws IOException, CommandFailedException {
    try {
      written.get();
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException failure(ExecutionException e) throws CommandFailedException {
    if (e.getCause() instanceof IOException cause) {
      return cause;
    }
    throw new CommandFailedException(Failures.inOneLine(e), e);
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    InterruptedIOException interrupted = new InterruptedIOException("interrupted");
    interrupted.initCause(e);
    return interrupted;
  }
}

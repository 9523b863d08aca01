package io.quicpool.core;

import io.quicpool.QuicStream;
import io.quicpool.StreamHandler;
import io.quicpool.spi.AbstractQuicStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * Hands the streams that peers open to the application's handler. Each takes a share of its
 * connection until it ends, so that nothing is evicted, expired or closed under the handler.
 */
final class StreamServer {
  private final Optional<StreamHandler> handler;

  StreamServer(Optional<StreamHandler> handler) {
    this.handler = handler;
  }

  /** Whether peers may open streams. */
  boolean isServing() {
    return handler.isPresent();
  }

  /** Serves the streams of a connection from now on. */
  void serve(Entry entry) {
    handler.ifPresent(
        application -> {
          try {
            entry.connection().onStream(stream -> handle(application, stream, entry));
          } catch (IllegalStateException e) { // adopted, with a handler of the application's own
            Callbacks.LOG.log(Level.DEBUG, "the streams of " + entry + " have a handler", e);
          }
        });
  }

  private static void handle(StreamHandler application, QuicStream stream, Entry entry) {
    if (!entry.tryAcquireIncoming()) {
      stream.close(); // the connection is closed, or about to be
      return;
    }
    if (stream instanceof AbstractQuicStream common) {
      common.onTimeout(() -> entry.table().timedOut(entry));
    }
    stream.ended().whenComplete((ended, none) -> entry.release(UseWord.STREAM));
    boolean handled = false;
    try {
      application.handle(stream, entry);
      handled = true;
    } catch (IOException e) { // a peer or a network that fails is no defect of the application
      Callbacks.LOG.log(Level.DEBUG, "a stream of " + entry + " failed in its handler", e);
    } catch (RuntimeException | Error e) {
      Callbacks.LOG.log(
          Level.WARNING, "the stream handler threw; the stream of " + entry + " is closed", e);
    } finally {
      if (!handled) {
        stream.close();
      }
    }
  }
}

package io.quicpool.core;

import io.quicpool.PeerProbe;
import io.quicpool.QuicStream;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Asks a peer's application, after its QUIC stack has answered. The stream that it asks on holds no
 * share: the connection is in doubt, and may be closed meanwhile.
 */
record ApplicationProbe(PeerProbe probe, Duration timeout, Executor executor) {

  /** Completes with whether the peer is well; whoever waits for it sets a limit. */
  CompletableFuture<Boolean> ask(QuicConnection connection) {
    return connection.openStream().thenCompose(this::ask).exceptionally(failure -> false);
  }

  private CompletableFuture<Boolean> ask(QuicStream stream) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    executor.execute(() -> answer.complete(check(stream)));
    return answer;
  }

  private boolean check(QuicStream stream) {
    try (stream) {
      probe.check(stream.timeout(timeout));
      return true;
    } catch (IOException e) {
      Callbacks.LOG.log(Level.DEBUG, "a peer did not pass the application's probe", e);
      return false;
    } catch (RuntimeException | Error e) {
      Callbacks.LOG.log(Level.WARNING, "the application's probe threw; the peer counts as ill", e);
      return false;
    }
  }
}

package io.quicpool.transport.kwik;

import io.quicpool.CloseReason;
import io.quicpool.CloseReason.Kind;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.PoolException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tech.kwik.core.QuicClientConnection;

/**
 * One dial: kwik's connect blocks, so it runs on a worker thread, which is interrupted when nobody
 * waits for the result any more. The result fails as soon as the reason is known, which is before
 * kwik's connect returns (that waits until the connection is torn down).
 */
final class Dial implements Runnable {
  private static final long TLS_NO_APPLICATION_PROTOCOL = 0x178; // RFC 9001, section 8.1

  /**
   * K7: a handshake of kwik's can fail for nothing, or hang: a retransmission timer that doubles
   * for each of several packets, and is not reset, soon waits longer than any dial. New objects
   * mostly succeed at once.
   */
  private static final int ATTEMPTS = 3;

  private static final long MIN_ATTEMPT_NANOS = 1_000_000_000;

  private static final long INVALID_TOKEN = 0xb; // RFC 9000, section 20.1

  private final KwikEndpoint endpoint;
  private final DialRequest request;
  private final long deadline;
  private final CompletableFuture<QuicConnection> result = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Thread worker; // guarded by lock
  private volatile boolean flaky; // K7: the attempt failed as kwik's sometimes do

  Dial(KwikEndpoint endpoint, DialRequest request) {
    this.endpoint = endpoint;
    this.request = request;
    deadline = System.nanoTime() + request.timeout().toNanos();
  }

  CompletableFuture<QuicConnection> result() {
    return result;
  }

  /** Arms the deadline, and gives the worker up when the result is decided without it. */
  void arm(Workers workers) {
    Runnable cancelAlarm = workers.after(request.timeout().toNanos(), this::timedOut);
    result.whenComplete(
        (connection, failure) -> {
          cancelAlarm.run();
          if (result.isCancelled()) {
            stop();
          }
        });
  }

  private void timedOut() {
    if (fail(noAnswer())) {
      stop();
    }
  }

  /** Gives the dial up, for this reason. */
  void abort(PoolException why) {
    result.completeExceptionally(why);
    stop();
  }

  private void stop() {
    lock.lock();
    try {
      if (worker != null) {
        worker.interrupt(); // kwik then drops the handshake and frees everything
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void run() {
    setWorker(Thread.currentThread());
    try {
      for (int left = ATTEMPTS; left > 0 && !result.isDone(); left--) {
        flaky = false;
        attempt(left == 1);
      }
      fail(noAnswer());
    } finally {
      setWorker(null);
      endpoint.dialEnded(this);
    }
  }

  private void setWorker(@Nullable Thread thread) {
    lock.lock();
    try {
      worker = thread;
    } finally {
      lock.unlock();
    }
  }

  private void attempt(boolean last) {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      return;
    }
    long share = Math.max(MIN_ATTEMPT_NANOS, request.timeout().toNanos() / ATTEMPTS);
    long time = last ? left : Math.min(left, share);
    DialSocket socket = null;
    boolean connected = false;
    try {
      socket = endpoint.newSocket(request.address());
      attempt(socket, Duration.ofMillis(Math.max(1, time / 1_000_000)));
      connected = true;
    } catch (IOException e) {
      failed(e);
    } catch (RuntimeException e) {
      // Kwik's way to tell of the interrupt, or a defect of kwik; after the former this is no news.
      fail(Phase.HANDSHAKE, "kwik failed to dial " + request.address(), e);
    } finally {
      if (socket != null && !connected) {
        socket.close(); // K10: nothing else frees it if kwik did not come to connect
      }
    }
  }

  private void attempt(DialSocket socket, Duration timeout) throws IOException {
    WakeUpGuard guard = new WakeUpGuard();
    PeerCheck check = new PeerCheck(request.verifier(), this::refused);
    QuicClientConnection kwik =
        NativeClient.build(
            request, timeout, endpoint.config(), endpoint.identity(), check, socket, guard);
    KwikConnection connection = endpoint.wrap(kwik, request.address(), socket.log(), guard);
    connection.attach();
    socket.freed().whenComplete((nothing, never) -> connection.socketClosed());
    connection.closed().whenComplete((reason, never) -> ended(reason));
    kwik.connect();
    socket.established();
    if (!check.passed()) {
      connection.refuse("peer not verified");
      refused(new CertificateException("the peer showed no certificate"));
      return;
    }
    connection.verified(kwik.getServerCertificateChain());
    if (!endpoint.opened(connection) || !result.complete(connection)) {
      connection.close(0, "dial abandoned");
    }
  }

  private void refused(CertificateException e) {
    fail(
        Phase.IDENTITY,
        request.serverName() + " at " + request.address() + " was not accepted: " + e.getMessage(),
        e);
  }

  /** Kwik's event, long before its connect returns. No news once the dial has succeeded. */
  private void ended(CloseReason reason) {
    if (reason.kind() != Kind.PEER_TRANSPORT && reason.kind() != Kind.PEER_APPLICATION) {
      return; // kwik's connect tells more; or this attempt is over already, and another one runs
    }
    if (reason.code() == TLS_NO_APPLICATION_PROTOCOL) {
      fail(
          new ConnectFailedException(
              Phase.ALPN,
              request.address()
                  + " does not speak the application protocol "
                  + endpoint.config().alpn()));
    } else if (reason.code() == INVALID_TOKEN) {
      flaky = true;
    } else {
      fail(
          new ConnectFailedException(
              Phase.HANDSHAKE, request.address() + " ended the handshake: " + reason));
    }
  }

  private void failed(IOException e) {
    String text = String.valueOf(e.getMessage());
    // K7: no answer, or no reason, is reason for another attempt.
    if (!flaky && !text.contains("timed out") && !text.endsWith("Handshake error: ")) {
      fail(Phase.HANDSHAKE, "no connection to " + request.address(), e);
    }
  }

  private ConnectFailedException noAnswer() {
    return new ConnectFailedException(
        Phase.HANDSHAKE,
        "no connection to "
            + request.address()
            + " within "
            + request.timeout().toMillis()
            + " ms");
  }

  private void fail(Phase phase, String message, Throwable cause) {
    fail(new ConnectFailedException(phase, message, cause));
  }

  private boolean fail(ConnectFailedException failure) {
    return result.completeExceptionally(failure);
  }
}

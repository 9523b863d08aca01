package io.quicpool.core;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Endpoint;
import io.quicpool.Peer;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One way to one peer: asks where it is, looks its addresses up, and tries them in turn until one
 * proves to be the peer, all within one deadline.
 *
 * <p>{@link #result} completes once: with an open connection that the verifier accepted, or with a
 * {@link PoolException}. Cancelling it ends the dial. Whatever a transport still yields after that,
 * or in addition, is closed here: a connection never goes missing between the transport and the
 * pool.
 */
final class Dial {
  private final Dialler dialler;
  private final Peer peer;
  private final @Nullable Endpoint at;
  private final CompletableFuture<QuicConnection> result = new CompletableFuture<>();
  private volatile long deadlineNanos;
  private volatile Phase phase = Phase.RESOLVE;

  private record Target(Endpoint endpoint, InetAddress address) {}

  Dial(Dialler dialler, Peer peer, Optional<Endpoint> at) {
    this.dialler = dialler;
    this.peer = peer;
    this.at = at.orElse(null);
  }

  /** The connection, which is the taker's to close, or why there is none. */
  CompletableFuture<QuicConnection> result() {
    return result;
  }

  void start() {
    deadlineNanos = dialler.time().nanos() + dialler.timeoutNanos();
    if (result.isDone()) {
      return; // everybody left before it began
    }
    resolve();
    if (!result.isDone()) {
      var alarm = dialler.time().schedule(dialler.timeoutNanos(), this::timeUp);
      result.whenComplete((connection, failure) -> alarm.cancel());
    }
  }

  private void timeUp() {
    fail(
        new ConnectFailedException(
            phase,
            "no connection to "
                + peer
                + " within "
                + Duration.ofNanos(dialler.timeoutNanos()).toMillis()
                + " ms"));
  }

  private void resolve() {
    CompletionStage<List<Endpoint>> answer;
    if (at != null) {
      answer = CompletableFuture.completedFuture(List.of(at));
    } else {
      try {
        answer = Objects.requireNonNull(dialler.peers().endpoints(peer), "it returned no stage");
      } catch (RuntimeException e) {
        answer = CompletableFuture.failedFuture(e);
      }
    }
    answer.whenComplete(
        (endpoints, failure) -> {
          if (failure != null) {
            fail(resolveFailed("the resolver failed for " + peer, unwrapped(failure)));
          } else if (endpoints == null || endpoints.isEmpty()) {
            fail(
                new ConnectFailedException(
                    Phase.RESOLVE,
                    "no endpoint is known for "
                        + peer
                        + ": put a connection, give hints, or set a peerResolver"));
          } else if (endpoints.stream().anyMatch(Objects::isNull)) {
            fail(
                new ConnectFailedException(
                    Phase.RESOLVE, "the resolver failed for " + peer + ": an endpoint is null"));
          } else if (endpoints.stream().allMatch(Endpoint::isLiteral)) {
            lookUp(endpoints); // nothing to wait for
          } else {
            dialler.executor().execute(() -> lookUp(endpoints));
          }
        });
  }

  private void lookUp(List<Endpoint> endpoints) {
    List<Target> targets = new ArrayList<>();
    Throwable unknown = null;
    for (Endpoint endpoint : endpoints) {
      try {
        List<InetAddress> addresses =
            endpoint.isLiteral()
                ? endpoint.literalAddress().stream().toList()
                : dialler.hosts().addresses(endpoint.host());
        List.copyOf(addresses).forEach(address -> targets.add(new Target(endpoint, address)));
      } catch (UnknownHostException | RuntimeException e) {
        unknown = e;
      }
    }
    if (targets.isEmpty()) {
      fail(resolveFailed("no address is known for " + endpoints, unknown));
    } else {
      phase = Phase.HANDSHAKE;
      attempt(targets, 0);
    }
  }

  private void attempt(List<Target> targets, int index) {
    if (result.isDone()) {
      return;
    }
    Target target = targets.get(index);
    long remaining = deadlineNanos - dialler.time().nanos();
    Duration share = Duration.ofNanos(Math.max(1, remaining / (targets.size() - index)));
    AtomicBoolean verified = new AtomicBoolean();
    AtomicReference<@Nullable Object> outcome = new AtomicReference<>();
    CompletableFuture<QuicConnection> handshake = connect(target, share, verified);
    result.whenComplete((connection, failure) -> handshake.cancel(false));
    handshake.whenComplete(
        (connection, failure) -> {
          if (!outcome.compareAndSet(null, connection == null ? handshake : connection)) {
            if (outcome.get() != connection) {
              discard(connection); // a transport that completes twice
            }
          } else if (failure != null) {
            next(targets, index, typed(target, unwrapped(failure)));
          } else if (connection == null) {
            next(
                targets,
                index,
                new ConnectFailedException(
                    Phase.HANDSHAKE,
                    "the transport must complete a dial with a connection, it did with none"));
          } else if (!verified.get()) {
            discard(connection);
            next(
                targets,
                index,
                new ConnectFailedException(
                    Phase.IDENTITY,
                    "the transport must verify "
                        + peer
                        + " before it completes a dial, it did not"));
          } else if (!result.complete(connection)) {
            discard(connection); // too late: nobody waits any more
          }
        });
  }

  private CompletableFuture<QuicConnection> connect(
      Target target, Duration timeout, AtomicBoolean verified) {
    try {
      PeerVerifier verifier = dialler.verifierOf(peer, target.endpoint());
      DialRequest request =
          new DialRequest(
              new InetSocketAddress(target.address(), target.endpoint().port()),
              Dialler.hostToProve(peer, target.endpoint()),
              chain -> {
                verifier.verify(chain);
                verified.set(true);
              },
              timeout);
      CompletableFuture<QuicConnection> handshake = dialler.endpoint().connect(request);
      return handshake == null
          ? CompletableFuture.failedFuture(
              new IllegalStateException("connect must return a future, it returned none"))
          : handshake;
    } catch (PoolException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void next(List<Target> targets, int index, PoolException failure) {
    if (index + 1 < targets.size()) {
      attempt(targets, index + 1);
    } else {
      fail(failure);
    }
  }

  private void fail(PoolException failure) {
    result.completeExceptionally(failure);
  }

  private PoolException typed(Target target, Throwable failure) {
    return failure instanceof ConnectFailedException || failure instanceof PoolClosedException
        ? (PoolException) failure
        : new ConnectFailedException(
            Phase.HANDSHAKE,
            "no connection to "
                + peer
                + " at "
                + target.address().getHostAddress()
                + ": "
                + failure,
            failure);
  }

  private static ConnectFailedException resolveFailed(String message, @Nullable Throwable cause) {
    return cause == null
        ? new ConnectFailedException(Phase.RESOLVE, message)
        : new ConnectFailedException(Phase.RESOLVE, message + ": " + cause, cause);
  }

  private static void discard(@Nullable QuicConnection connection) {
    if (connection != null) {
      Closing.close(connection, 0, "");
    }
  }

  static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}

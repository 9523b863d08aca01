package io.quicpool.core;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Endpoint;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.spi.QuicConnection;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One way to one peer: asks where it is, looks its addresses up, and has an {@link AddressRace}
 * find the one that proves to be the peer, all within one deadline.
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
  private final long timeoutNanos;
  private volatile long deadlineNanos;
  private volatile boolean nowhere;
  private volatile Phase phase = Phase.RESOLVE;

  Dial(Dialler dialler, Peer peer, Optional<Endpoint> at) {
    this.dialler = dialler;
    this.peer = peer;
    this.timeoutNanos = dialler.limits().connectTimeoutNanos();
    this.at = at.orElse(null);
  }

  /**
   * Whether it failed because nobody knows where the peer is, which says nothing about the peer.
   */
  boolean isNowhere() {
    return nowhere;
  }

  /** The connection, which is the taker's to close, or why there is none. */
  CompletableFuture<QuicConnection> result() {
    return result;
  }

  void start() {
    deadlineNanos = dialler.time().nanos() + timeoutNanos;
    if (result.isDone()) {
      return; // everybody left before it began
    }
    resolve();
    if (!result.isDone()) {
      var alarm = dialler.time().schedule(timeoutNanos, this::timeUp);
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
                + Duration.ofNanos(timeoutNanos).toMillis()
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
            nowhere = true;
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
    List<AddressRace.Target> targets = new ArrayList<>();
    Throwable unknown = null;
    for (Endpoint endpoint : endpoints) {
      try {
        List<InetAddress> addresses =
            endpoint.isLiteral()
                ? endpoint.literalAddress().stream().toList()
                : dialler.hosts().addresses(endpoint.host());
        targets.addAll(AddressRace.targets(endpoint, List.copyOf(addresses)));
      } catch (UnknownHostException | RuntimeException e) {
        unknown = e;
      }
    }
    if (targets.isEmpty()) {
      fail(resolveFailed("no address is known for " + endpoints, unknown));
    } else {
      phase = Phase.HANDSHAKE;
      new AddressRace(dialler, peer, targets, deadlineNanos, result).start();
    }
  }

  private void fail(PoolException failure) {
    result.completeExceptionally(failure);
  }

  private static ConnectFailedException resolveFailed(String message, @Nullable Throwable cause) {
    return cause == null
        ? new ConnectFailedException(Phase.RESOLVE, message)
        : new ConnectFailedException(Phase.RESOLVE, message + ": " + cause, cause);
  }

  static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}

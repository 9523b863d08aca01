package io.quicpool.testkit;

import io.quicpool.ConnectFailedException;
import io.quicpool.PoolClosedException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicConnection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A dial in an {@link InMemoryNetwork} that a test may end as it likes, even after it was cancelled
 * or timed out. Thread-safe.
 */
public final class PendingDial {
  private final InMemoryNetwork network;
  private final MemoryEndpoint endpoint;
  private final DialRequest request;
  private final DialOutcome outcome;
  private final AtomicInteger cancels = new AtomicInteger();
  private final DialFuture future;
  private volatile PoolTime.@Nullable Alarm alarm;

  PendingDial(
      InMemoryNetwork network, MemoryEndpoint endpoint, DialRequest request, DialOutcome outcome) {
    this.network = network;
    this.endpoint = endpoint;
    this.request = request;
    this.outcome = outcome;
    this.future = new DialFuture(outcome, cancels::incrementAndGet);
  }

  /** What was asked for. */
  public DialRequest request() {
    return request;
  }

  /** Whether the dial has ended, in whatever way. */
  public boolean isDone() {
    return future.isDone();
  }

  /** How often its future was told to cancel while the dial ran. */
  public int cancelCalls() {
    return cancels.get();
  }

  /**
   * Lets the handshake take place, with verification and all, and ends the dial by it. If the dial
   * has ended already (cancelled, or timed out) the connection comes about all the same, too late,
   * and is closed by the transport as the contract says.
   *
   * @return the connection; empty if the handshake failed
   */
  public Optional<InMemoryConnection> complete() {
    try {
      InMemoryConnection connection = network.handshake(endpoint, request);
      if (!end(connection)) {
        connection.abandon("dial abandoned");
      }
      return Optional.of(connection);
    } catch (ConnectFailedException | PoolClosedException e) {
      fail(e);
      return Optional.empty();
    }
  }

  /**
   * Ends the dial with a failure.
   *
   * @return whether it had not ended before
   */
  public boolean fail(Throwable error) {
    boolean first = future.completeExceptionally(error);
    cancelAlarm();
    return first;
  }

  /**
   * Ends the dial with null, which breaks the contract.
   *
   * @return whether it had not ended before
   */
  public boolean completeWithNull() {
    return end(null);
  }

  private boolean end(@Nullable QuicConnection connection) {
    boolean first = completes(connection);
    cancelAlarm();
    return first;
  }

  @SuppressWarnings("NullAway") // null is what a broken transport gives
  private boolean completes(@Nullable QuicConnection connection) {
    return future.complete(connection);
  }

  /** Starts it as its outcome says; may throw. */
  CompletableFuture<QuicConnection> start() {
    switch (outcome.kind()) {
      case THROW -> {
        if (outcome.error() instanceof RuntimeException e) {
          throw e;
        }
      }
      case FAIL -> fail(outcome.error());
      case NULL -> completeWithNull();
      case ANSWER -> {
        Optional<InMemoryConnection> unused = complete();
      }
      case HANG, HOLD -> await();
    }
    return future;
  }

  private void await() {
    network.pending(this);
    future.whenComplete((connection, error) -> cancelAlarm());
    if (!outcome.ignoresTimeout()) {
      alarm = network.time().schedule(request.timeout().toNanos(), this::timeOut);
    }
    if (future.isDone()) {
      cancelAlarm();
    }
  }

  private void timeOut() {
    String message =
        "no answer from " + request.address() + " within " + request.timeout().toMillis() + " ms";
    boolean unused =
        future.completeExceptionally(
            new ConnectFailedException(ConnectFailedException.Phase.HANDSHAKE, message));
  }

  private void cancelAlarm() {
    PoolTime.Alarm set = alarm;
    if (set != null) {
      set.cancel();
    }
  }

  @Override
  public String toString() {
    return "dial to " + request.address() + " (" + outcome + ")";
  }
}

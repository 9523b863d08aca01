package io.quicpool.testkit;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a dial in an {@link InMemoryNetwork}. Immutable.
 *
 * <p>The outcomes from {@link #throwing} on break the contract of {@link
 * io.quicpool.spi.QuicEndpoint#connect}, for tests of who must survive that.
 */
public final class DialOutcome {

  enum Kind {
    ANSWER,
    FAIL,
    HANG,
    HOLD,
    NULL,
    THROW
  }

  private final Kind kind;
  private final @Nullable Supplier<? extends Throwable> error;
  private final boolean ignoresCancel;
  private final boolean ignoresTimeout;
  private final boolean twice;

  private DialOutcome(
      Kind kind,
      @Nullable Supplier<? extends Throwable> error,
      boolean ignoresCancel,
      boolean ignoresTimeout,
      boolean twice) {
    this.kind = kind;
    this.error = error;
    this.ignoresCancel = ignoresCancel;
    this.ignoresTimeout = ignoresTimeout;
    this.twice = twice;
  }

  private static DialOutcome of(Kind kind, @Nullable Supplier<? extends Throwable> error) {
    return new DialOutcome(kind, error, false, false, false);
  }

  /**
   * The handshake takes place before connect returns: what happens unless a test says otherwise.
   */
  public static DialOutcome answered() {
    return of(Kind.ANSWER, null);
  }

  /** The dial has failed when connect returns, each time with a new exception. */
  public static DialOutcome failing(Supplier<? extends Throwable> error) {
    return of(Kind.FAIL, error);
  }

  /** The dial has failed with that exception when connect returns. */
  public static DialOutcome failing(Throwable error) {
    return of(Kind.FAIL, () -> error);
  }

  /** Nobody answers: the dial ends by cancellation or by the request's timeout. */
  public static DialOutcome hanging() {
    return of(Kind.HANG, null);
  }

  /** The dial is held until the test ends it through {@link InMemoryNetwork#pendingDials()}. */
  public static DialOutcome held() {
    return of(Kind.HOLD, null);
  }

  /** Connect throws. */
  public static DialOutcome throwing(RuntimeException error) {
    return of(Kind.THROW, () -> error);
  }

  /** The dial completes with null. */
  public static DialOutcome completedWithNull() {
    return of(Kind.NULL, null);
  }

  /** The same, but cancelling its future does nothing. */
  public DialOutcome ignoringCancel() {
    return new DialOutcome(kind, error, true, ignoresTimeout, twice);
  }

  /** The same, but the request's timeout does nothing. */
  public DialOutcome ignoringTimeout() {
    return new DialOutcome(kind, error, ignoresCancel, true, twice);
  }

  /**
   * The same, but the dial reports its end twice: whatever is given to the future's {@code
   * whenComplete}, {@code handle} or {@code thenAccept} is called twice with the same result.
   */
  public DialOutcome twice() {
    return new DialOutcome(kind, error, ignoresCancel, ignoresTimeout, true);
  }

  Kind kind() {
    return kind;
  }

  Throwable error() {
    if (error == null) {
      throw new IllegalStateException("no error was given for " + kind);
    }
    return error.get();
  }

  boolean ignoresCancel() {
    return ignoresCancel;
  }

  boolean ignoresTimeout() {
    return ignoresTimeout;
  }

  boolean isTwice() {
    return twice;
  }

  @Override
  public String toString() {
    return kind
        + (ignoresCancel ? " ignoring cancel" : "")
        + (ignoresTimeout ? " ignoring timeout" : "")
        + (twice ? " twice" : "");
  }
}

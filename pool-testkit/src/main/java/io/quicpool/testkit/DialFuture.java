package io.quicpool.testkit;

import io.quicpool.spi.QuicConnection;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** What a dial in memory returns; badly behaved if the outcome says so. */
final class DialFuture extends CompletableFuture<QuicConnection> {
  private final DialOutcome outcome;
  private final Runnable onCancel;

  DialFuture(DialOutcome outcome, Runnable onCancel) {
    this.outcome = outcome;
    this.onCancel = onCancel;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean asked = !isDone();
    if (asked) {
      onCancel.run();
    }
    return outcome.ignoresCancel() ? false : super.cancel(mayInterruptIfRunning);
  }

  @Override
  public CompletableFuture<QuicConnection> whenComplete(
      BiConsumer<? super QuicConnection, ? super Throwable> action) {
    CompletableFuture<QuicConnection> first = super.whenComplete(action);
    if (outcome.isTwice()) {
      super.whenComplete(action);
    }
    return first;
  }

  @Override
  public <U> CompletableFuture<U> handle(
      BiFunction<? super QuicConnection, Throwable, ? extends U> action) {
    CompletableFuture<U> first = super.handle(action);
    if (outcome.isTwice()) {
      super.handle(action);
    }
    return first;
  }

  @Override
  public CompletableFuture<Void> thenAccept(Consumer<? super QuicConnection> action) {
    CompletableFuture<Void> first = super.thenAccept(action);
    if (outcome.isTwice()) {
      super.thenAccept(action);
    }
    return first;
  }
}

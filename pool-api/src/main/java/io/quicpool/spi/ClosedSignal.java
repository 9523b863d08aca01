package io.quicpool.spi;

import io.quicpool.CloseReason;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a connection, told once to whoever waits for it: what a transport keeps behind {@link
 * QuicConnection#closed} and {@link QuicConnection#onClosed}. A pool of a million connections waits
 * for the end of each, so the one who waits costs no more than a reference.
 *
 * <p>Thread-safe; nobody is told under a lock.
 */
public final class ClosedSignal {
  private static final System.Logger LOG = System.getLogger("io.quicpool");
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(ClosedSignal.class, "state", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Somebody who waits, and who came before. */
  private record Waiting(Object before, Consumer<CloseReason> told) {}

  /** Null while nobody waits, then who waits (a {@link Waiting} if several do), then the reason. */
  private volatile @Nullable Object state;

  /** Of a connection that is up. */
  public ClosedSignal() {}

  /**
   * Tells whoever waits, on the calling thread and in the order in which they came. What one of
   * them throws is logged.
   *
   * @return false if the end was told before; then this reason is dropped
   */
  public boolean complete(CloseReason reason) {
    Object seen;
    do {
      seen = state;
      if (seen instanceof CloseReason) {
        return false;
      }
    } while (!STATE.compareAndSet(this, seen, reason));
    if (seen != null) {
      tellAll(seen, reason);
    }
    return true;
  }

  /** Without a call in a call: there may be any number. */
  private static void tellAll(Object last, CloseReason reason) {
    ArrayDeque<Consumer<CloseReason>> inOrder = new ArrayDeque<>();
    Object next = last;
    while (next instanceof Waiting waiting) {
      inOrder.addFirst(waiting.told);
      next = waiting.before;
    }
    inOrder.addFirst(consumer(next));
    inOrder.forEach(told -> tell(told, reason));
  }

  private static void tell(Consumer<CloseReason> told, CloseReason reason) {
    try {
      told.accept(reason);
    } catch (RuntimeException e) { // a transport that ends a connection must get to the end of it
      LOG.log(
          Level.WARNING, "who was told of a connection's end threw; nobody else is affected", e);
    }
  }

  /** See {@link QuicConnection#onClosed}. */
  public void onClosed(Consumer<CloseReason> told) {
    Object seen;
    Object next;
    do {
      seen = state;
      if (seen instanceof CloseReason reason) {
        tell(told, reason);
        return;
      }
      next = seen == null ? told : new Waiting(seen, told);
    } while (!STATE.compareAndSet(this, seen, next));
  }

  @SuppressWarnings("unchecked") // nothing else is put there
  private static Consumer<CloseReason> consumer(Object seen) {
    return (Consumer<CloseReason>) seen;
  }

  /** The reason, if the end was told. */
  public Optional<CloseReason> reason() {
    return state instanceof CloseReason reason ? Optional.of(reason) : Optional.empty();
  }

  /** See {@link QuicConnection#closed}; a stage of its own for each call. */
  public CompletionStage<CloseReason> stage() {
    CompletableFuture<CloseReason> stage = new CompletableFuture<>();
    onClosed(stage::complete);
    return stage.minimalCompletionStage();
  }
}

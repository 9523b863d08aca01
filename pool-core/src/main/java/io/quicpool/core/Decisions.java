package io.quicpool.core;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The shape of every decision of a pool: made under one lock, with its {@link Effects} done after
 * the lock was let go.
 *
 * <p>The eviction policy is the only user code that runs while the lock is held (docs/adr/0004), so
 * a decision that begins on a thread which holds it already can only be a policy calling the pool;
 * it is refused.
 */
final class Decisions {
  private final ReentrantLock lock = new ReentrantLock();
  private Effects current = new Effects(); // guarded by the lock

  /**
   * A decision.
   *
   * @param <T> what it yields
   * @param <X> what it may throw; its effects are done all the same
   */
  @FunctionalInterface
  interface Decision<T, X extends Exception> {
    T make(Effects effects) throws X;
  }

  <T, X extends Exception> T make(Decision<T, X> decision) throws X {
    Effects effects = new Effects();
    try {
      return makeInto(effects, decision);
    } finally {
      effects.run();
    }
  }

  void run(Consumer<Effects> decision) {
    Effects effects = new Effects();
    try {
      runInto(effects, decision);
    } finally {
      effects.run();
    }
  }

  /** A decision made as an effect of another: what it leads to is done in the same loop. */
  void runInto(Effects effects, Consumer<Effects> decision) {
    makeInto(
        effects,
        same -> {
          decision.accept(same);
          return same;
        });
  }

  private <T, X extends Exception> T makeInto(Effects effects, Decision<T, X> decision) throws X {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("an eviction policy must not call the pool");
    }
    lock.lock();
    try {
      current = effects;
      return decision.make(effects);
    } finally {
      lock.unlock();
    }
  }

  /** The effects of the decision being made, for what is told from inside the policy's guard. */
  Effects current() {
    return current;
  }
}

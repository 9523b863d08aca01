package io.quicpool.core;

import io.quicpool.spi.EvictionPolicy;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The user's eviction policy, so held that it can break nothing: whatever it throws or names, a
 * decision goes on, and the fault is counted, logged and told.
 *
 * <p>Called under the lock of {@link Decisions}, which is what lets a policy do without one
 * (docs/adr/0004).
 */
final class GuardedPolicy {
  private final EvictionPolicy policy;
  private final Consumer<RuntimeException> onFault;
  private long faults; // guarded by the lock
  private long round; // guarded by the lock
  private boolean namedAll; // guarded by the lock

  GuardedPolicy(EvictionPolicy policy, Consumer<RuntimeException> onFault) {
    this.policy = policy;
    this.onFault = onFault;
  }

  long faults() {
    return faults;
  }

  /** Whether the last {@link #retireVictim} went through every connection: then none is idle. */
  boolean namedAll() {
    return namedAll;
  }

  void added(Entry entry) {
    call("added", () -> policy.added(entry));
  }

  void used(Entry entry, long count) {
    call("used", () -> policy.used(entry, count));
  }

  void removed(Entry entry) {
    call("removed", () -> policy.removed(entry));
  }

  /**
   * Finds the first of the policy's victims that could be retired, retires it, and reports those
   * that were passed over because they are in use. Suspects and protected ones are passed over,
   * too.
   *
   * @param pooled how many entries there are
   * @param mayGo says of which entries a victim may be
   * @return null if the policy names none that could be
   */
  @Nullable Entry retireVictim(Roster roster, int pooled, Predicate<Entry> mayGo) {
    List<Entry> inUse = new ArrayList<>();
    int passedOver = 0;
    Entry victim = null;
    namedAll = false;
    round++;
    try {
      for (EvictionPolicy.Entry candidate : policy.victims()) {
        Entry entry = checked(roster, candidate);
        if (mayGo.test(entry) && entry.retireIfIdle()) {
          victim = entry;
          break;
        }
        passedOver++;
        if (entry.inUse()) {
          inUse.add(entry);
        }
      }
      namedAll = passedOver >= pooled;
    } catch (Throwable e) { // an error too, or a checked one of another language
      fault("victims", e);
    }
    inUse.forEach(entry -> used(entry, 0));
    return victim;
  }

  private Entry checked(Roster roster, EvictionPolicy.@Nullable Entry named) {
    if (!(named instanceof Entry entry) || !roster.owns(entry)) {
      throw new IllegalStateException("a victim must be a connection of this pool, was " + named);
    }
    if (entry.namedInRound == round) { // also what ends an iteration that would not
      throw new IllegalStateException("each victim must be named once, again was " + entry);
    }
    entry.namedInRound = round;
    return entry;
  }

  private void call(String what, Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      fault(what, e);
    }
  }

  private void fault(String what, Throwable cause) {
    faults++;
    RuntimeException told =
        new IllegalStateException(
            "the eviction policy \""
                + nameOfPolicy()
                + "\" failed in "
                + what
                + "(): "
                + cause.getMessage()
                + "; the pool takes the connection that is idle longest",
            cause);
    if (faults == 1) { // a broken policy breaks at each decision: the log is told once
      Callbacks.LOG.log(Level.WARNING, told.getMessage(), cause);
    }
    onFault.accept(told);
  }

  private String nameOfPolicy() {
    return policy.getClass().getName();
  }
}

package io.quicpool.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Names victims in any order; if told to, throws now and then, or names some twice or nobody. Notes
 * how far the pool went down each list: the last one that it took from it can be the victim, and
 * what stands before must not have been free to go (I9).
 */
final class UnreliablePolicy extends TestPolicy {
  private final Random random;
  private final boolean unreliable;
  private final List<Object> candidates = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();

  UnreliablePolicy(Random random, boolean unreliable) {
    this.random = random;
    this.unreliable = unreliable;
    this.victims = this::any;
  }

  /** Whether it was the last that the pool took from one of the lists. */
  boolean named(Object entry) {
    return candidates.contains(entry);
  }

  /** What the pool passed over though it was idle. */
  List<String> passedOver() {
    return wrong;
  }

  private Iterable<? extends Entry> any() {
    List<Entry> named = names();
    return () ->
        new Iterator<>() {
          private final Iterator<Entry> rest = named.iterator();
          private @Nullable Entry last;

          @Override
          public boolean hasNext() {
            return rest.hasNext();
          }

          @Override
          public Entry next() {
            passOver(last);
            Entry next = rest.next();
            last = next;
            candidates.add(next);
            return next;
          }
        };
  }

  private void passOver(@Nullable Entry entry) {
    if (entry == null) {
      return;
    }
    candidates.remove(entry);
    var pooled = (io.quicpool.core.Entry) entry;
    if (pooled.state() == UseWord.READY && !pooled.inUse() && pooled.connectionsOfPeer() == 1) {
      wrong.add(entry.toString());
    }
  }

  private List<Entry> names() {
    throwNowAndThen();
    List<Entry> named = new ArrayList<>(entries);
    Collections.shuffle(named, random);
    if (unreliable && random.nextInt(4) == 0) {
      return List.of();
    }
    if (unreliable && random.nextInt(4) == 0) {
      named.addAll(List.copyOf(named));
    }
    return named;
  }

  private void throwNowAndThen() {
    if (unreliable && random.nextInt(9) == 0) {
      throw new IllegalStateException("scripted: the policy");
    }
  }

  @Override
  public void added(Entry entry) {
    super.added(entry);
    throwNowAndThen();
  }

  @Override
  public void used(Entry entry, long count) {
    throwNowAndThen();
    super.used(entry, count);
  }

  @Override
  public void removed(Entry entry) {
    super.removed(entry);
    throwNowAndThen();
  }
}

package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.EvictionPolicy.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Everything that {@link EvictionPolicy} promises, as tests that any policy can run against itself.
 *
 * <p>Which victim is the best is the policy's own business and not part of it; a subclass may say
 * that with {@link TestEntry} and {@link #victims}. The system property {@code quicpool.seed}
 * replaces the seed, which every failure tells.
 */
@Timeout(60)
public abstract class EvictionPolicyContract {
  private static final long SEED = Long.getLong("quicpool.seed", 20_260_101L);
  private static final int ROUNDS = 20;
  private static final int STEPS = 2_000;
  private static final Duration FLAT = Duration.ofSeconds(5);

  /** For subclasses. */
  protected EvictionPolicyContract() {}

  /** A new policy, as the service loader would make it. */
  protected abstract EvictionPolicy newPolicy();

  /** The victims that a policy names now, best first. */
  protected static List<Entry> victims(EvictionPolicy policy) {
    List<Entry> victims = new ArrayList<>();
    policy.victims().forEach(victims::add);
    return victims;
  }

  /** Adds new entries, oldest first, named a, b, c and so on. */
  protected static List<TestEntry> add(EvictionPolicy policy, int count) {
    List<TestEntry> added = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TestEntry entry = new TestEntry(String.valueOf((char) ('a' + i % 26)) + (i / 26));
      policy.added(entry);
      added.add(entry);
    }
    return added;
  }

  @Test
  public void theNameIsLowerCaseAndTheSameForEveryInstance() {
    String name = newPolicy().name();
    assertFalse(name.isBlank());
    assertEquals(name.toLowerCase(Locale.ROOT), name);
    assertEquals(name, newPolicy().name());
  }

  @Test
  public void anEmptyPolicyNamesNobody() {
    EvictionPolicy policy = newPolicy();
    assertEquals(List.of(), victims(policy));
    TestEntry entry = add(policy, 1).get(0);
    policy.removed(entry);
    assertEquals(List.of(), victims(policy));
  }

  @Test
  public void everyEntryThatWasAddedIsNamedOnce() {
    EvictionPolicy policy = newPolicy();
    expect(add(policy, 100), policy, "after adding");
  }

  @Test
  public void anEntryThatWasRemovedIsNotNamed() {
    EvictionPolicy policy = newPolicy();
    List<TestEntry> entries = add(policy, 10);
    while (!entries.isEmpty()) {
      TestEntry gone = entries.remove(entries.size() / 2);
      policy.removed(gone);
      expect(entries, policy, "after removing " + gone);
    }
  }

  @Test
  public void usesChangeNobodysPresence() {
    EvictionPolicy policy = newPolicy();
    List<TestEntry> entries = add(policy, 10);
    for (long count : new long[] {0, 1, 1000, Long.MAX_VALUE, 1, 0}) {
      policy.used(entries.get(3), count);
      policy.used(entries.get(7), count);
      expect(entries, policy, "after a use counted " + count);
    }
  }

  @Test
  public void lookingAtVictimsChangesNothing() {
    EvictionPolicy policy = newPolicy();
    List<TestEntry> entries = add(policy, 50);
    policy.used(entries.get(10), 3);
    List<Entry> first = victims(policy);
    Iterator<? extends Entry> partly = policy.victims().iterator();
    assertSame(first.get(0), partly.next());
    assertTrue(partly.hasNext());
    assertSame(first.get(1), partly.next());
    assertEquals(first, victims(policy));
  }

  @Test
  public void removingTheVictimJustNamedIsFine() {
    EvictionPolicy policy = newPolicy();
    List<TestEntry> entries = new ArrayList<>(add(policy, 30));
    for (int left = 30; left > 0; left--) {
      Entry victim = policy.victims().iterator().next();
      assertTrue(entries.remove(victim), () -> "named twice: " + victim);
      policy.removed(victim);
      expect(entries, policy, "after evicting " + victim);
    }
  }

  @Test
  public void instancesShareNothing() {
    EvictionPolicy one = newPolicy();
    EvictionPolicy other = newPolicy();
    List<TestEntry> entries = add(one, 3);
    assertEquals(List.of(), victims(other));
    expect(entries, one, "after asking another instance");
  }

  @Test
  public void anyOrderOfCallsKeepsExactlyThoseThatAreInThePool() {
    for (int round = 0; round < ROUNDS; round++) {
      long seed = SEED + round;
      Random random = new Random(seed);
      EvictionPolicy policy = newPolicy();
      List<TestEntry> model = new ArrayList<>();
      int size = 1 + random.nextInt(40);
      for (int step = 0; step < STEPS; step++) {
        String what = step(policy, model, random, size, step);
        if (step % 7 == 0) {
          expect(model, policy, "seed " + seed + ", step " + step + ", after " + what);
        }
      }
    }
  }

  private static String step(
      EvictionPolicy policy, List<TestEntry> model, Random random, int size, int step) {
    int choice = random.nextInt(10);
    if (model.isEmpty() || (choice < 3 && model.size() < size)) {
      TestEntry added = new TestEntry("e" + step);
      model.add(added);
      policy.added(added);
      return "adding " + added;
    }
    if (choice < 7) {
      TestEntry used = model.get(random.nextInt(model.size()));
      policy.used(used, random.nextInt(5));
      return "using " + used;
    }
    TestEntry removed = model.remove(random.nextInt(model.size()));
    policy.removed(removed);
    return "removing " + removed;
  }

  /**
   * The first victim of 100 000 entries is found, removed and replaced 20 000 times. That takes
   * milliseconds where the cost is flat, and minutes where it grows with the number of entries; so
   * five seconds tell one from the other on any machine.
   */
  @Test
  public void anEvictionCostsTheSameHoweverManyEntriesThereAre() {
    EvictionPolicy policy = newPolicy();
    add(policy, 100_000);
    long start = System.nanoTime();
    for (int i = 0; i < 20_000; i++) {
      Entry victim = policy.victims().iterator().next();
      policy.removed(victim);
      TestEntry added = new TestEntry("n" + i);
      policy.added(added);
      policy.used(added, 1);
      if (System.nanoTime() - start > FLAT.toNanos()) {
        fail(i + " evictions among 100 000 entries took more than " + FLAT);
      }
    }
  }

  private static void expect(List<TestEntry> expected, EvictionPolicy policy, String when) {
    Set<Entry> left = Collections.newSetFromMap(new IdentityHashMap<>());
    left.addAll(expected);
    for (Entry victim : policy.victims()) {
      if (!left.remove(victim)) {
        fail(when + ": named twice, or not in the pool: " + victim);
      }
    }
    assertTrue(left.isEmpty(), () -> when + ": in the pool but not named: " + left);
  }
}

package io.quicpool.eviction.lru;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.clearInvocations;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.verifyNoMoreInteractions;
import static org.mockito.Mockito.when;

import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.spi.EvictionPolicy.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LruEvictionPolicyTest {
  private final LruEvictionPolicy policy = new LruEvictionPolicy();

  /** As the pool's entries are: compared by identity, with one place for an attachment. */
  private static final class Pooled implements Entry {
    private final Peer peer;
    private Object attachment;

    Pooled(String name) {
      peer = Peer.named(name);
    }

    @Override
    public Peer peer() {
      return peer;
    }

    @Override
    public Origin origin() {
      return Origin.DIALLED;
    }

    @Override
    public Duration age() {
      return Duration.ZERO;
    }

    @Override
    public Optional<Duration> rtt() {
      return Optional.empty();
    }

    @Override
    public OptionalLong bytes() {
      return OptionalLong.empty();
    }

    @Override
    public int connectionsOfPeer() {
      return 1;
    }

    @Override
    public void attach(Object given) {
      attachment = given;
    }

    @Override
    public Object attachment() {
      if (attachment == null) {
        throw new IllegalStateException("nothing was attached");
      }
      return attachment;
    }

    @Override
    public String toString() {
      return peer.toString();
    }
  }

  private Pooled add(String name) {
    Pooled entry = new Pooled(name);
    policy.added(entry);
    return entry;
  }

  private List<Entry> victims() {
    List<Entry> victims = new ArrayList<>();
    policy.victims().forEach(victims::add);
    return victims;
  }

  @Test
  void isCalledLru() {
    assertEquals("lru", policy.name());
  }

  @Test
  void anEmptyPoolHasNoVictims() {
    assertEquals(List.of(), victims());
    Iterator<? extends Entry> iterator = policy.victims().iterator();
    assertFalse(iterator.hasNext());
    assertThrows(NoSuchElementException.class, iterator::next);
  }

  @Test
  void connectionsThatWereNeverUsedGoInTheOrderTheyCame() {
    Pooled a = add("a");
    Pooled b = add("b");
    Pooled c = add("c");

    assertEquals(List.of(a, b, c), victims());
  }

  @Test
  void c6TheVictimIsTheLeastRecentlyUsed() {
    Pooled a = add("a");
    Pooled b = add("b");
    Pooled c = add("c");

    policy.used(a, 1);
    policy.used(c, 1);

    assertEquals(List.of(b, a, c), victims());
  }

  @Test
  void c9aUseRefreshesTheLeastRecentlyUsed() {
    Pooled a = add("a");
    Pooled b = add("b");

    policy.used(a, 1);

    assertSame(b, policy.victims().iterator().next());
  }

  @Test
  void theNumberOfUsesDoesNotMatter() {
    Pooled a = add("a");
    Pooled b = add("b");

    policy.used(a, 1_000_000);
    policy.used(b, 1);

    assertEquals(List.of(a, b), victims());
  }

  @Test
  void stillBeingInUseCountsAsUsedNow() {
    Pooled a = add("a");
    Pooled b = add("b");

    policy.used(a, 0);

    assertEquals(List.of(b, a), victims());
  }

  @Test
  void usingTheMostRecentOrTheOnlyOneChangesNothing() {
    Pooled a = add("a");
    policy.used(a, 1);
    assertEquals(List.of(a), victims());

    Pooled b = add("b");
    policy.used(b, 1);
    assertEquals(List.of(a, b), victims());
  }

  @Test
  void aRemovedConnectionIsNamedNoMore() {
    Pooled first = add("first");
    Pooled second = add("second");
    Pooled third = add("third");
    Pooled fourth = add("fourth");

    policy.removed(second);
    assertEquals(List.of(first, third, fourth), victims());
    policy.removed(first);
    assertEquals(List.of(third, fourth), victims());
    policy.removed(fourth);
    assertEquals(List.of(third), victims());
    policy.removed(third);
    assertEquals(List.of(), victims());

    Pooled fifth = add("fifth");
    assertEquals(List.of(fifth), victims());
  }

  @Test
  void connectionsOfOnePeerAreTakenApart() {
    Pooled older = add("same");
    Pooled newer = add("same");

    policy.used(older, 1);
    assertEquals(List.of(newer, older), victims());

    policy.removed(older);
    assertEquals(1, victims().size());
    assertSame(newer, victims().get(0));
  }

  @Test
  void victimsCanBeAskedForAgainAndAgain() {
    Pooled a = add("a");
    Pooled b = add("b");
    Iterable<Entry> asked = policy.victims();

    assertSame(a, asked.iterator().next());
    assertSame(a, asked.iterator().next());
    policy.used(a, 1);
    assertSame(b, asked.iterator().next(), "an Iterable shows the order when it is iterated");
  }

  @Test
  void iteratingPastTheEndIsRefused() {
    add("a");
    Iterator<Entry> iterator = policy.victims().iterator();
    iterator.next();

    assertFalse(iterator.hasNext());
    assertThrows(NoSuchElementException.class, iterator::next);
  }

  @Test
  void aConnectionThatWasNeverAddedIsRefusedAndHarmsNobody() {
    Pooled a = add("a");
    Pooled stranger = new Pooled("stranger");

    assertThrows(IllegalStateException.class, () -> policy.used(stranger, 1));
    assertThrows(IllegalStateException.class, () -> policy.removed(stranger));

    assertEquals(List.of(a), victims());
  }

  @Test
  void aConnectionThatWasRemovedDoesNotComeBackAndHarmsNobody() {
    Pooled a = add("a");
    Pooled gone = add("gone");
    Pooled c = add("c");
    policy.removed(gone);

    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> policy.used(gone, 1));
    policy.removed(gone);

    assertEquals("a used connection must be in the pool, was removed", refused.getMessage());
    assertEquals(List.of(a, c), victims());
  }

  @Test
  void twoPoliciesDoNotKnowOfEachOther() {
    LruEvictionPolicy other = new LruEvictionPolicy();
    Pooled here = add("here");
    Pooled there = new Pooled("there");
    other.added(there);

    assertEquals(List.of(here), victims());
    assertSame(there, other.victims().iterator().next());
  }

  @Test
  void theOrderIsExactForAnySequenceOfOperations() {
    Random random = new Random(20_260_101);
    LinkedHashSet<Pooled> model = new LinkedHashSet<>(); // least recent first
    List<Pooled> pooled = new ArrayList<>();
    for (int step = 0; step < 200_000; step++) {
      int dice = random.nextInt(100);
      if (pooled.isEmpty() || dice < (pooled.size() < 300 ? 20 : 5)) {
        Pooled entry = add("p" + step);
        model.add(entry);
        pooled.add(entry);
      } else {
        int index = random.nextInt(pooled.size());
        Pooled entry = pooled.get(index);
        if (dice < 90) {
          policy.used(entry, random.nextInt(3));
          model.remove(entry);
          model.add(entry);
        } else {
          policy.removed(entry);
          model.remove(entry);
          pooled.set(index, pooled.get(pooled.size() - 1));
          pooled.remove(pooled.size() - 1);
        }
      }
      if (!model.isEmpty()) {
        assertSame(model.iterator().next(), policy.victims().iterator().next(), "step " + step);
      }
      if (step % 1000 == 0) {
        assertEquals(new ArrayList<Entry>(model), victims(), "step " + step);
      }
    }
  }

  @Test
  void eachCallTouchesItsOwnEntryAndNoOther() {
    Entry[] entries = new Entry[5];
    for (int i = 0; i < entries.length; i++) {
      Entry entry = mock(Entry.class);
      doAnswer(call -> when(entry.attachment()).thenReturn(call.getArgument(0)))
          .when(entry)
          .attach(any());
      policy.added(entry);
      clearInvocations(entry);
      entries[i] = entry;
    }

    assertSame(entries[0], policy.victims().iterator().next());
    verifyNoInteractions((Object[]) entries);

    policy.used(entries[2], 7);
    policy.removed(entries[3]);
    verify(entries[2]).attachment();
    verify(entries[3]).attachment();
    verifyNoMoreInteractions((Object[]) entries);
  }

  @Test
  void d11theCostOfAnEvictionDoesNotGrowWithThePool() {
    nanosPerEviction(100); // warm-up
    nanosPerEviction(100_000);

    double few = nanosPerEviction(100);
    double many = nanosPerEviction(100_000);

    // A scan would cost a thousand times as much; cache misses and a busy machine do not.
    assertTrue(many < 50 * few + 5_000, few + " ns at 100, " + many + " ns at 100 000");
  }

  /** The median of some batches: evict the first victim, add another, use one in the middle. */
  private static double nanosPerEviction(int size) {
    LruEvictionPolicy policy = new LruEvictionPolicy();
    Pooled[] pooled = new Pooled[size];
    for (int i = 0; i < size; i++) {
      pooled[i] = new Pooled("p" + i);
      policy.added(pooled[i]);
    }
    Random random = new Random(size);
    long[] batches = new long[101];
    for (int batch = 0; batch < batches.length; batch++) {
      long start = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        policy.used(pooled[random.nextInt(size)], 1);
        Entry victim = policy.victims().iterator().next();
        policy.removed(victim);
        policy.added(victim);
      }
      batches[batch] = System.nanoTime() - start;
    }
    Arrays.sort(batches);
    return batches[batches.length / 2] / 100.0;
  }

  @Test
  void connectionsInUseThatThePoolSkippedMoveBehindTheIdleOne() {
    List<Entry> leased = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      leased.add(add("leased" + i));
    }
    Pooled idle = add("idle");

    for (Entry skipped : victims().subList(0, leased.size())) {
      policy.used(skipped, 0); // what the pool reports after the iteration
    }

    List<Entry> expected = new ArrayList<>(List.of(idle));
    expected.addAll(leased);
    assertEquals(expected, victims());
  }
}

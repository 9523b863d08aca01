package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.EvictionPolicy.Entry;
import io.quicpool.testkit.InMemoryConnection.CloseCall;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EvictionTest extends PoolTest {
  private final TestPolicy policy = new TestPolicy();

  private Scene open(int max) throws PoolOpenException {
    return open(builder -> builder.maxConnections(max).eviction(() -> policy));
  }

  @Test
  void thePoolTakesTheVictimThatThePolicyNamesFirst() throws Exception {
    Scene scene = open(3);
    scene.use(1, 2, 3);
    policy.victims = () -> List.of(policy.entries.get(1), policy.entries.get(0));

    scene.use(4);

    assertFalse(scene.holds(2));
    assertTrue(scene.holds(1) && scene.holds(3));
    assertEquals(1, scene.stats().evictions());
    assertEquals(List.of(new CloseCall(1, "evicted")), scene.connection(2).closeCalls());
  }

  @Test
  void thePoolReadsNoFurtherThanTheVictimItTakes() throws Exception {
    Scene scene = open(2);
    scene.use(1, 2);
    policy.victims =
        () ->
            () ->
                new Iterator<Entry>() {
                  private boolean asked;

                  @Override
                  public boolean hasNext() {
                    return true;
                  }

                  @Override
                  public Entry next() {
                    assertFalse(asked, "read on");
                    asked = true;
                    return policy.entries.get(0);
                  }
                };

    scene.use(3);

    assertEquals(0, scene.stats().policyFaults());
    assertFalse(scene.holds(1));
  }

  @Test
  void oneThatIsLeasedIsPassedOverAndReportedAsUsed() throws Exception {
    Scene scene = open(2);
    Lease held = scene.lease(1);
    scene.use(2);
    policy.take();

    scene.use(3);

    assertTrue(held.connection().isOpen());
    assertFalse(scene.holds(2));
    assertEquals(
        List.of(
            "used " + scene.peer(2) + " 1",
            "used " + scene.peer(1) + " 0",
            "removed " + scene.peer(2),
            "added " + scene.peer(3)),
        policy.take());
    assertEquals(0, scene.stats().policyFaults(), "to name one in use is no fault");
  }

  @Test
  void usesAreReportedBeforeADecisionInTheOrderOfLastUseWithTheirCounts() throws Exception {
    Scene scene = open(3);
    scene.use(1, 2, 3, 2, 1, 2, 2);
    policy.take();

    scene.use(4);

    assertEquals(
        List.of(
            "used " + scene.peer(3) + " 1",
            "used " + scene.peer(1) + " 2",
            "used " + scene.peer(2) + " 4"),
        policy.take().subList(0, 3));
  }

  @Test
  void aUseIsReportedOnce() throws Exception {
    Scene scene = open(2);
    scene.use(1, 2, 3);
    policy.take();

    scene.use(4);

    assertEquals(
        List.of("used " + scene.peer(3) + " 1", "removed " + scene.peer(2)),
        policy.take().subList(0, 2));
  }

  @Test
  void thePolicySeesWhatItMayWeigh() throws Exception {
    Scene scene = open(2);
    scene.use(1);
    scene.connection(1).rtt(millis(42));
    scene.advance(seconds(7));
    Entry entry = policy.entries.get(0);

    assertEquals(scene.peer(1), entry.peer());
    assertEquals(Origin.DIALLED, entry.origin());
    assertEquals(seconds(7), entry.age());
    assertEquals(Optional.of(millis(42)), entry.rtt());
    assertEquals(0, entry.bytes().orElseThrow());
    assertEquals(1, entry.connectionsOfPeer());
    assertThrows(IllegalStateException.class, entry::attachment);
    entry.attach("mine");
    assertEquals("mine", entry.attachment());
  }

  /** Whatever the policy does, the pool takes the one that is idle longest, and tells. */
  private void assertFaultTold(Scene scene, String what) {
    assertTrue(scene.holds(4), "the newcomer");
    assertFalse(scene.holds(2), "idle longest");
    assertTrue(scene.holds(1) && scene.holds(3));
    assertEquals(1, scene.stats().policyFaults());
    String fault =
        scene.events.take().stream().filter(e -> e.startsWith("fault")).findFirst().orElseThrow();
    assertTrue(fault.contains(TestPolicy.class.getName()), fault);
    assertTrue(fault.contains(what), fault);
  }

  /** With 2 idle longest and 1 in use, so that a newcomer needs a victim. */
  private Scene full() throws PoolOpenException {
    Scene scene = open(3);
    scene.use(2);
    scene.lease(1);
    scene.use(3);
    return scene;
  }

  @Test
  void aPolicyThatThrowsHarmsNobody() throws Exception {
    Scene scene = full();
    policy.victims =
        () -> {
          throw new IllegalArgumentException("my mistake");
        };
    scene.use(4);
    assertFaultTold(scene, "failed in victims(): my mistake");
  }

  @Test
  void aPolicyThatFailsWithAnErrorHarmsNobody() throws Exception {
    Scene scene = full();
    policy.victims =
        () -> {
          throw new NoClassDefFoundError("com/example/Gone");
        };
    scene.use(4);
    assertFaultTold(scene, "failed in victims(): com/example/Gone");
  }

  @Test
  void aPolicyThatReturnsNothingHarmsNobody() throws Exception {
    Scene scene = full();
    policy.victims = () -> null;
    scene.use(4);
    assertFaultTold(scene, "failed in victims()");
  }

  @Test
  void aPolicyThatNamesNullHarmsNobody() throws Exception {
    Scene scene = full();
    policy.victims =
        () -> {
          List<Entry> none = new ArrayList<>();
          none.add(null);
          return none;
        };
    scene.use(4);
    assertFaultTold(scene, "a victim must be a connection of this pool, was null");
  }

  @Test
  void aPolicyThatNamesAnotherPoolsConnectionHarmsNeither() throws Exception {
    Scene other = open(max(1));
    other.use(9);
    Scene scene = full();
    Entry foreign = (Entry) other.lease(9).connection();
    policy.victims = () -> List.of(foreign);
    scene.use(4);
    assertFaultTold(scene, "a victim must be a connection of this pool, was connection 1 to");
    assertTrue(other.holds(9));
  }

  @Test
  void aPolicyThatNamesOneThatHasLeftHarmsNobody() throws Exception {
    Scene scene = open(3);
    scene.use(9);
    Entry gone = policy.entries.get(0);
    scene.pool.invalidate(scene.peer(9));
    scene.use(2);
    scene.lease(1);
    scene.use(3);
    policy.victims = () -> List.of(gone);
    scene.use(4);
    assertFaultTold(scene, "a victim must be a connection of this pool");
  }

  @Test
  void aPolicyThatNamesOneForEverHarmsNobody() throws Exception {
    Scene scene = full();
    Entry leased = policy.entries.get(1);
    policy.victims = () -> () -> Stream.generate(() -> leased).iterator();
    scene.use(4);
    assertFaultTold(scene, "failed in victims()");
  }

  @Test
  void aPolicyThatNamesOneSeveralTimesHarmsNobody() throws Exception {
    Scene scene = full();
    Entry leased = policy.entries.get(1);
    policy.victims = () -> List.of(leased, leased, leased);
    scene.use(4);
    assertFaultTold(scene, "failed in victims()");
  }

  @Test
  void aPolicyThatCallsThePoolIsStopped() throws Exception {
    Scene scene = full();
    policy.victims =
        () -> {
          scene.pool.stats();
          return policy.entries;
        };
    scene.use(4);
    assertFaultTold(scene, "an eviction policy must not call the pool");
  }

  @Test
  void aPolicyThatNamesNobodyLeavesTheChoiceToThePool() throws Exception {
    Scene scene = full();
    policy.victims = List::of;

    scene.use(4);

    assertFalse(scene.holds(2));
    assertEquals(0, scene.stats().policyFaults());
  }

  @Test
  void aPolicyThatNamesOnlyOnesInUseLeavesTheChoiceToThePool() throws Exception {
    Scene scene = full();
    policy.victims = () -> List.of(policy.entries.get(1));

    scene.use(4);

    assertFalse(scene.holds(2));
  }

  @Test
  void aPolicyThatThrowsWhenItIsToldHarmsNobody() throws Exception {
    EvictionPolicy hopeless =
        new TestPolicy() {
          @Override
          public void added(Entry entry) {
            throw new AssertionError("added");
          }

          @Override
          public void used(Entry entry, long count) {
            throw new IllegalStateException("used");
          }

          @Override
          public void removed(Entry entry) {
            throw new LinkageError("removed");
          }
        };
    Scene scene = open(builder -> builder.maxConnections(2).eviction(() -> hopeless));

    scene.use(1, 2, 3, 4);
    scene.pool.invalidate(scene.peer(4));

    assertEquals(1, scene.stats().open());
    assertEquals(4, scene.stats().opened());
    assertEquals(3, scene.stats().closed());
    assertTrue(scene.stats().policyFaults() >= 4 + 2 + 3, () -> scene.stats().toString());
  }

  @Test
  void aVictimThatIsTakenAtTheLastMomentIsLeftAlone() throws Exception {
    Scene scene = open(2);
    scene.use(1, 2);
    List<Lease> taken = new ArrayList<>();
    policy.victims =
        () -> {
          try { // what a thread with a hit may do at any time
            taken.add(scene.pool.acquire(scene.peer(1)));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
          return policy.entries;
        };

    scene.use(3);

    assertTrue(taken.get(0).connection().isOpen());
    assertFalse(scene.holds(2));
  }

  @Test
  void whoWaitsForRoomIsServedThoughThePolicyFails() throws Exception {
    Scene scene = open(1);
    Lease held = scene.lease(1);
    CompletableFuture<Lease> waiting = scene.ask(2);
    policy.victims =
        () -> {
          throw new IllegalStateException("always");
        };

    held.close();

    served(waiting).close();
    scene.advance(Duration.ofHours(1));
    assertEquals(0, scene.stats().open());
  }
}

package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.LeakedLeaseException;
import io.quicpool.Lease;
import io.quicpool.PoolStats;
import java.lang.ref.WeakReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Leases that nobody closes, found when that is asked for. */
class LeakTest extends PoolTest {

  private Scene watching() throws Exception {
    return open(builder -> builder.leakDetectionThreshold(seconds(30)).idleTimeout(seconds(3600)));
  }

  private static void assertNamesThisTest(LeakedLeaseException leak) {
    assertTrue(
        Stream.of(leak.getCause().getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(LeakTest.class.getName())),
        "the stack that acquired it");
  }

  @Test
  void oneThatIsHeldBeyondTheThresholdIsToldOfOnceAndKept() throws Exception {
    Scene scene = watching();
    Lease held = scene.lease(1);
    scene.advance(seconds(29));
    assertEquals(0, scene.events.leaks.size());

    scene.advance(seconds(100));

    assertEquals(1, scene.events.leaks.size());
    LeakedLeaseException leak = scene.events.leaks.get(0);
    assertEquals(
        "a lease on connection 1 to 10.0.0.1:4433 that was acquired 30.0 s ago is still held",
        leak.getMessage());
    assertNamesThisTest(leak);
    assertEquals(1, scene.stats().leased());
    assertEquals(0, scene.stats().leaked());
    held.close();
    assertEquals(0, scene.stats().leased());
  }

  @Test
  void oneThatIsClosedInTimeIsNot() throws Exception {
    Scene scene = watching();
    scene.use(1, 2, 3);

    scene.advance(seconds(100));

    assertEquals(0, scene.events.leaks.size());
  }

  @Test
  void oneThatWasCollectedGivesItsShareBack() throws Exception {
    Scene scene = watching();
    WeakReference<Lease> forgotten = forget(scene);
    while (forgotten.get() != null) { // the test's timeout ends it if the JVM does not collect
      System.gc();
    }
    Background.until(
        () -> {
          scene.advance(seconds(15));
          return scene.stats().leaked() == 1;
        });

    PoolStats stats = scene.stats();
    assertEquals(0, stats.leased());
    assertEquals(1, stats.acquired());
    assertEquals(0, stats.released());
    assertEquals(1, stats.idle());
    LeakedLeaseException leak = scene.events.leaks.get(scene.events.leaks.size() - 1);
    assertTrue(leak.getMessage().endsWith("was never closed"), leak.getMessage());
    assertNamesThisTest(leak);
  }

  private static WeakReference<Lease> forget(Scene scene) {
    return new WeakReference<>(scene.lease(1));
  }

  @Test
  void nothingIsLookedForUnlessAskedFor() throws Exception {
    Scene scene = open();
    Lease held = scene.lease(1);
    scene.advance(seconds(3600));
    assertEquals(0, scene.events.leaks.size());
    held.close();
  }
}

package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.PoolOpenException;
import io.quicpool.testkit.InMemoryConnection.CloseCall;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpiryTest extends PoolTest {
  private static final long IDLE_MILLIS = 10_000;

  /** Health checks out of the way, so that every alarm is the reaper's. */
  private Scene expiring() throws PoolOpenException {
    return open(
        builder -> builder.idleTimeout(millis(IDLE_MILLIS)).probeAfter(Duration.ofHours(24)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 500, 999, 1_000, 1_001, 4_321, 9_999})
  void idleTimeIsExactToATenthAndNeverTooShort(long lastUseMillis) throws Exception {
    Scene scene = expiring();
    scene.use(1);
    scene.advance(millis(lastUseMillis));
    scene.use(1);

    scene.advance(millis(IDLE_MILLIS - 1));
    assertTrue(scene.connection(1).isOpen(), "too short");
    scene.advance(millis(IDLE_MILLIS / 10 + 1));
    assertFalse(scene.connection(1).isOpen(), "too long");
    assertEquals(List.of(new CloseCall(2, "idle")), scene.connection(1).closeCalls());
  }

  @Test
  void idleTimesOfManyConnectionsUsedAtRandomAreExactToATenth() throws Exception {
    Scene scene = expiring();
    Random random = new Random(7);
    long[] lastUse = new long[20];
    for (int step = 0; step < 1_000; step++) {
      long now = scene.time.elapsed().toMillis();
      for (int n = 1; n < lastUse.length; n++) {
        if (lastUse[n] > 0 && scene.holds(n)) {
          assertTrue(now - lastUse[n] <= IDLE_MILLIS * 11 / 10, "kept too long");
        } else if (lastUse[n] > 0) {
          assertTrue(now - lastUse[n] >= IDLE_MILLIS, "expired too early");
        }
      }
      int n = 1 + random.nextInt(lastUse.length - 1);
      if (random.nextInt(3) > 0) {
        scene.use(n);
        lastUse[n] = now + 1; // so that 0 means never
      }
      scene.advance(millis(random.nextInt(4) == 0 ? random.nextInt(9_000) : random.nextInt(300)));
    }
    assertTrue(scene.stats().expirations() > 50);
  }

  @Test
  void aConnectionInUseNeverExpires() throws Exception {
    Scene scene = expiring();
    Lease held = scene.lease(1);
    scene.advance(Duration.ofHours(2));
    assertTrue(scene.holds(1));

    held.close();
    scene.advance(millis(IDLE_MILLIS - 1));
    assertTrue(scene.holds(1), "idle time starts when it is given back");
    scene.advance(millis(1_001));
    assertFalse(scene.holds(1));
  }

  @Test
  void aUseJustBeforeTheDeadlineKeepsIt() throws Exception {
    Scene scene = expiring();
    scene.use(1);
    scene.advance(scene.time.untilNext().orElseThrow()); // the time is attached
    long left = scene.time.untilNext().orElseThrow().toNanos();
    scene.advance(Duration.ofNanos(left - 1));

    scene.use(1);
    scene.advance(Duration.ofNanos(1));

    assertTrue(scene.holds(1));
    scene.advance(millis(9_000));
    assertTrue(scene.holds(1));
  }

  @Test
  void aConnectionThatWasNeverLeasedExpiresToo() throws Exception {
    Scene scene = expiring();
    scene.pool.put(scene.peer(1), scene.unpooled(1));

    scene.advance(millis(IDLE_MILLIS));

    assertFalse(scene.holds(1));
    assertEquals(1, scene.stats().expirations());
  }

  @Test
  void anEmptyPoolInWhichNothingHappensHasNoAlarms() throws Exception {
    Scene scene = open();
    assertEquals(0, scene.time.pending());
    scene.use(1, 2);

    scene.advance(Duration.ofMinutes(5));

    assertEquals(0, scene.stats().open());
    assertEquals(0, scene.time.pending());
  }

  @Test
  void aPoolThatWasEmptyExpiresAgain() throws Exception {
    Scene scene = expiring();
    scene.use(1);
    scene.advance(Duration.ofMinutes(5));
    scene.use(2);
    scene.advance(millis(IDLE_MILLIS * 11 / 10));

    assertEquals(2, scene.stats().expirations());
  }

  @Test
  void hitsSetNoAlarmEach() throws Exception {
    Scene scene = expiring();
    scene.use(1, 2, 3);
    for (int i = 0; i < 1_000; i++) {
      scene.use(1, 2, 3);
    }

    assertTrue(scene.time.pending() <= 3, () -> scene.time.pending() + " alarms");
  }

  @Test
  void aClosedPoolLeavesNoAlarmBehind() throws Exception {
    Scene scene = open();
    scene.use(1, 2);
    scene.held(3);
    scene.ask(3);

    scene.pool.close();

    assertEquals(0, scene.time.pending());
  }
}

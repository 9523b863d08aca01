package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random schedules of one pool against the invariants; see {@link Seeds} for more of them. */
@Timeout(7200) // a build takes a minute; by hand it may be any number
class ScheduleModelTest {
  private static final int STEPS = 120;
  private static final int SEEDS = 10_000;

  @Test
  void noScheduleBreaksAnInvariant() {
    Seeds.run(STEPS, SEEDS, Schedule::new);
  }

  /** As {@link SimulationMain} tells it. */
  static String ways() {
    return Seeds.ways(STEPS, Schedule::new);
  }

  @Test
  void aSeedGoesTheSameWayInAnotherJvm(@TempDir Path nothing) throws Exception {
    assertEquals(ways() + "\n", Killer.ways(nothing, "single"));
  }
}

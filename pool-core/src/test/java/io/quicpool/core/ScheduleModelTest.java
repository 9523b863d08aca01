package io.quicpool.core;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random schedules against the invariants, one seed after the other; {@code
 * -Dtest.args=-Dquicpool.schedules=10000} runs more, {@code -Dquicpool.seed=N} one alone.
 */
@Timeout(600)
class ScheduleModelTest {
  private static final int SCHEDULES = Integer.getInteger("quicpool.schedules", 600);
  private static final int STEPS = 120;

  @Test
  void noScheduleBreaksAnInvariant() {
    Long only = Long.getLong("quicpool.seed");
    for (long seed = 1; only == null && seed <= SCHEDULES; seed++) {
      run(seed);
    }
    if (only != null) {
      run(only);
    }
  }

  private static void run(long seed) {
    Schedule schedule = null;
    try {
      schedule = new Schedule(seed);
      schedule.run(STEPS);
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage() + "; " + schedule, e);
    }
  }
}

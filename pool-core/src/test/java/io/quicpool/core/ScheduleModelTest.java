package io.quicpool.core;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random schedules of one pool against the invariants; see {@link Seeds} for more of them. */
@Timeout(600)
class ScheduleModelTest {
  private static final int STEPS = 120;

  @Test
  void noScheduleBreaksAnInvariant() {
    Seeds.run(STEPS, Schedule::new);
  }
}

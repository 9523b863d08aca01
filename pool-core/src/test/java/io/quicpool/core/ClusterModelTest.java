package io.quicpool.core;

import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random schedules of pools that dial one another, one seed after the other; {@code
 * -Dtest.args=-Dquicpool.schedules=10000} runs more, {@code -Dquicpool.seed=N} one alone.
 */
@Timeout(600)
class ClusterModelTest {
  private static final int SCHEDULES = Integer.getInteger("quicpool.schedules", 600);
  private static final int STEPS = 150;

  private static final List<TestIdentity> IDENTITIES =
      IntStream.range(0, ClusterSchedule.nodes())
          .mapToObj(i -> TestCertificates.create().leaf().selfSigned().issue())
          .toList();

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
    ClusterSchedule schedule = null;
    try {
      schedule = new ClusterSchedule(seed, IDENTITIES);
      schedule.run(STEPS);
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage() + "; " + schedule, e);
    }
  }
}

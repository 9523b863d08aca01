package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import io.quicpool.testkit.TestKey;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Random schedules of pools that dial one another; see {@link Seeds} for more of them. */
@Timeout(7200) // a build takes half a minute; by hand it may be any number
class ClusterModelTest {
  private static final int STEPS = 150;
  private static final int SEEDS = 500;

  private static final List<TestIdentity> IDENTITIES =
      IntStream.range(0, ClusterSchedule.nodes()).mapToObj(ClusterModelTest::identity).toList();

  private static TestIdentity identity(int number) {
    return TestCertificates.create()
        .leaf()
        .key(TestKey.EC_P256, FixedKeys.number(number))
        .selfSigned()
        .issue();
  }

  @Test
  void noScheduleBreaksAnInvariant() {
    Seeds.run(STEPS, SEEDS, seed -> new ClusterSchedule(seed, IDENTITIES));
  }

  /** As {@link SimulationMain} tells it. */
  static String ways() {
    return Seeds.ways(STEPS, seed -> new ClusterSchedule(seed, IDENTITIES));
  }

  @Test
  void aSeedGoesTheSameWayInAnotherJvm(@TempDir Path nothing) throws Exception {
    assertEquals(ways() + "\n", Killer.ways(nothing, "cluster"));
  }
}

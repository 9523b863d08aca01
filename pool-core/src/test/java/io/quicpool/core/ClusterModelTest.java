package io.quicpool.core;

import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random schedules of pools that dial one another; see {@link Seeds} for more of them. */
@Timeout(7200) // a build takes a minute; by hand it may be any number
class ClusterModelTest {
  private static final int STEPS = 150;
  private static final int SEEDS = 1_000;

  private static final List<TestIdentity> IDENTITIES =
      IntStream.range(0, ClusterSchedule.nodes())
          .mapToObj(i -> TestCertificates.create().leaf().selfSigned().issue())
          .toList();

  @Test
  void noScheduleBreaksAnInvariant() {
    Seeds.run(STEPS, SEEDS, seed -> new ClusterSchedule(seed, IDENTITIES));
  }
}

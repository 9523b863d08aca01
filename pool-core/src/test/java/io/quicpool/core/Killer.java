package io.quicpool.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What finds a defect in the core: a model checker, or the simulation. */
final class Killer {
  /** A model checker runs much code seldom. */
  private static final List<String> QUICK_TO_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private static final int MORE = Integer.getInteger("iterations", 1);

  /**
   * What is model-checked: in how many random programs and which further ones, each in how many
   * interleavings. {@code -Diterations=10} takes ten times as many.
   */
  enum Model {
    /** {@link SharesModel}. */
    SHARES(SharesModel.class, 10, 500, List.of()),
    /** {@link RecentUsesModel}. */
    RECENT_USES(RecentUsesModel.class, 10, 200, List.of()),
    /** {@link WaitersModel}. */
    WAITERS(WaitersModel.class, 0, 70, WaitersModel.PROGRAMS),
    /** {@link PoolModel}. */
    POOL(PoolModel.class, 0, 120, PoolModel.PROGRAMS);

    private final Class<?> type;
    private final int programs;
    private final int interleavings;
    private final List<String> further;

    Model(Class<?> type, int programs, int interleavings, List<String> further) {
      this.type = type;
      this.programs = programs;
      this.interleavings = interleavings;
      this.further = further;
    }
  }

  private Killer() {}

  /** Model-checks the core, of which some classes may be others. */
  static Forked check(Model model, Path changed) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>();
    arguments.add(model.type.getSimpleName());
    arguments.add(String.valueOf(model.programs * MORE));
    arguments.add(String.valueOf(model.interleavings * (model.further.isEmpty() ? 1 : MORE)));
    arguments.addAll(model.further);
    return Forked.run(changed, QUICK_TO_START, ModelCheck.class, arguments.toArray(String[]::new));
  }

  /** Runs the simulation over the core, of which some classes may be others. */
  static Forked simulate(Path changed, int seeds) throws IOException, InterruptedException {
    return Forked.run(changed, List.of("-Dseeds=" + seeds), SimulationMain.class);
  }
}

package io.quicpool.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What finds a defect in the core: a model checker, or the simulation. */
final class Killer {
  /** A model checker runs much code seldom, and the simulation of a mutant soon ends. */
  private static final List<String> QUICK_TO_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  /**
   * What is model-checked: in how many random programs and which further ones, each in how many
   * interleavings for the planted defects to be found.
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

  /**
   * Model-checks the core, of which some classes may be others, in so many percent of the programs,
   * or of the interleavings where the programs are given.
   */
  static Forked check(Model model, Path changed, int percent)
      throws IOException, InterruptedException {
    boolean random = model.further.isEmpty();
    List<String> arguments = new ArrayList<>();
    arguments.add(model.type.getSimpleName());
    arguments.add(String.valueOf(model.programs * percent / 100));
    arguments.add(String.valueOf(model.interleavings * (random ? 100 : percent) / 100));
    arguments.addAll(model.further);
    return Forked.run(changed, QUICK_TO_START, ModelCheck.class, arguments.toArray(String[]::new));
  }

  /** What {@link SimulationMain} prints of the ways of the first schedules. */
  static String ways(Path nothing, String of) throws IOException, InterruptedException {
    return Forked.run(nothing, simulating(), SimulationMain.class, of).output();
  }

  private static List<String> simulating() {
    List<String> flags = new ArrayList<>(QUICK_TO_START);
    flags.add("-Djava.util.logging.config.file=src/test/resources/logging.properties");
    return flags;
  }

  /** Runs the simulation over the core, of which some classes may be others. */
  static Forked simulate(Path changed, int seeds) throws IOException, InterruptedException {
    List<String> flags = simulating();
    flags.add("-Dseeds=" + seeds);
    return Forked.run(changed, flags, SimulationMain.class);
  }
}

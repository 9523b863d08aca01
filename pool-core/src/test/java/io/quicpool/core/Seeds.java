package io.quicpool.core;

/**
 * Runs random schedules, one seed after the other; {@code -Dtest.args=-Dquicpool.schedules=10000}
 * runs more, {@code -Dquicpool.seed=N} one alone.
 */
final class Seeds {
  private static final int SCHEDULES = Integer.getInteger("quicpool.schedules", 600);

  /** A life of its own for each seed; its text tells what happened in it. */
  @FunctionalInterface
  interface Schedule {
    void run(int steps) throws Exception;
  }

  /** Makes the schedule of a seed. */
  @FunctionalInterface
  interface Maker {
    Schedule of(long seed) throws Exception;
  }

  private Seeds() {}

  static void run(int steps, Maker maker) {
    Long only = Long.getLong("quicpool.seed");
    for (long seed = 1; only == null && seed <= SCHEDULES; seed++) {
      run(seed, steps, maker);
    }
    if (only != null) {
      run(only, steps, maker);
    }
  }

  private static void run(long seed, int steps, Maker maker) {
    Schedule schedule = null;
    try {
      schedule = maker.of(seed);
      schedule.run(steps);
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage() + "; " + schedule, e);
    }
  }
}

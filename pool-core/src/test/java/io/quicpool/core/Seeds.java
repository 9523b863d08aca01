package io.quicpool.core;

import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Runs random schedules, one seed after the other; {@code -Dseeds=100000} runs ten times as many as
 * a build does, {@code -Dseed=N} one alone, exactly as it was.
 */
final class Seeds {
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

  private static final long COMPARED = 30;
  private static final long MOST = 10_000; // what a build runs of the simulation that runs most

  private Seeds() {}

  static void run(int steps, int usually, Maker maker) {
    Long only = Long.getLong("seed");
    long seeds = Long.getLong("seeds", MOST) * usually / MOST;
    for (long seed = 1; only == null && seed <= seeds; seed++) {
      run(seed, steps, maker);
    }
    if (only != null) {
      run(only, steps, maker);
    }
  }

  /** What happened in the first few, so that it can be compared. */
  static String ways(int steps, Maker maker) {
    return LongStream.rangeClosed(1, COMPARED)
        .mapToObj(seed -> run(seed, steps, maker).toString())
        .collect(Collectors.joining("\n"));
  }

  private static Schedule run(long seed, int steps, Maker maker) {
    Schedule schedule = null;
    try {
      schedule = maker.of(seed);
      schedule.run(steps);
      return schedule;
    } catch (Exception | AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage() + "; " + schedule, e);
    }
  }
}

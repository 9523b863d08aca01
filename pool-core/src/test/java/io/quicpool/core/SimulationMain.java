package io.quicpool.core;

/** Runs the schedules of one pool; the exit status is 0 if no invariant breaks. */
final class SimulationMain {
  private SimulationMain() {}

  public static void main(String[] none) {
    new ScheduleModelTest().noScheduleBreaksAnInvariant();
    System.exit(0); // whatever threads a broken pool leaves behind
  }
}

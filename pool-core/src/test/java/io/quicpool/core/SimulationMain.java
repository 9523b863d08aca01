package io.quicpool.core;

/**
 * Runs the schedules of one pool; the exit status is 0 if no invariant breaks. Or prints the way
 * that the first schedules go, of one pool or of several.
 */
final class SimulationMain {
  private SimulationMain() {}

  public static void main(String[] ways) {
    if (ways.length == 0) {
      new ScheduleModelTest().noScheduleBreaksAnInvariant();
    } else {
      System.out.println(
          ways[0].equals("single") ? ScheduleModelTest.ways() : ClusterModelTest.ways());
    }
    System.exit(0); // whatever threads a broken pool leaves behind
  }
}

package io.quicpool.benchmarks.report;

import java.util.Arrays;

/**
 * Two things measured in turn, several times, so that both meet the same noise of the machine. What
 * is compared is each round's ratio; of those, as of the figures, the median is told.
 */
public final class Duel {

  /** Measures one figure once. */
  @FunctionalInterface
  public interface Side {
    double measure() throws Exception;
  }

  private final double[] ours;
  private final double[] theirs;

  private Duel(int rounds) {
    ours = new double[rounds];
    theirs = new double[rounds];
  }

  /** How many steps a duel of so many rounds tells its progress. */
  public static long steps(int rounds) {
    return 2L * rounds;
  }

  /** Measures; who comes first changes with each round. */
  public static Duel fight(int rounds, Side ours, Side theirs, Progress progress) throws Exception {
    Duel duel = new Duel(rounds);
    for (int round = 0; round < rounds; round++) {
      if (round % 2 == 0) {
        duel.ours[round] = ours.measure();
        progress.step();
        duel.theirs[round] = theirs.measure();
      } else {
        duel.theirs[round] = theirs.measure();
        progress.step();
        duel.ours[round] = ours.measure();
      }
      progress.step();
    }
    return duel;
  }

  /** Our median. */
  public double ours() {
    return median(ours);
  }

  /** The other's median. */
  public double theirs() {
    return median(theirs);
  }

  /** The median of ours divided by theirs. */
  public double ratio() {
    double[] ratios = new double[ours.length];
    Arrays.setAll(ratios, round -> ours[round] / theirs[round]);
    return median(ratios);
  }

  /** The middle one, or the mean of the two in the middle. */
  public static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}

package io.quicpool.core;

import java.util.Arrays;
import java.util.Random;

/** Draws numbers from 0 on; the one at rank r comes in proportion to 1 / (r + 1)^exponent. */
final class Zipf {
  private final double[] cumulated;
  private final Random random;

  Zipf(int numbers, double exponent, long seed) {
    random = new Random(seed);
    cumulated = new double[numbers];
    double sum = 0;
    for (int rank = 0; rank < numbers; rank++) {
      sum += Math.pow(rank + 1, -exponent);
      cumulated[rank] = sum;
    }
  }

  int next() {
    int at = Arrays.binarySearch(cumulated, random.nextDouble() * cumulated[cumulated.length - 1]);
    return Math.min(at < 0 ? -at - 1 : at, cumulated.length - 1);
  }

  int[] sequence(int length) {
    int[] sequence = new int[length];
    Arrays.setAll(sequence, i -> next());
    return sequence;
  }
}

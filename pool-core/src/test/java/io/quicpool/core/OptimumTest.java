package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The optimum against the best of all choices there are, where those can be gone through. */
class OptimumTest {
  private static final int TRACES = 2_000;
  private static final int MOST_REQUESTS = 11;

  @Test
  void noChoiceOfVictimsHitsMoreOften() {
    Random random = new Random(1);
    for (int trace = 0; trace < TRACES; trace++) {
      int numbers = 1 + random.nextInt(5);
      int cap = 1 + random.nextInt(4);
      int[] requests = random.ints(random.nextInt(MOST_REQUESTS + 1), 0, numbers).toArray();

      assertEquals(
          most(requests, 0, 0, cap),
          Optimum.hits(requests, numbers, cap),
          () -> cap + " of " + Arrays.toString(requests));
    }
  }

  /**
   * The most hits from a request on.
   *
   * @param in those that are connected, a bit each
   */
  private static long most(int[] requests, int at, int in, int cap) {
    if (at == requests.length) {
      return 0;
    }
    int wanted = 1 << requests[at];
    if ((in & wanted) != 0) {
      return 1 + most(requests, at + 1, in, cap);
    }
    if (Integer.bitCount(in) < cap) {
      return most(requests, at + 1, in | wanted, cap);
    }
    long best = 0;
    for (int left = in; left != 0; left &= left - 1) {
      int victim = Integer.lowestOneBit(left);
      best = Math.max(best, most(requests, at + 1, in & ~victim | wanted, cap));
    }
    return best;
  }
}

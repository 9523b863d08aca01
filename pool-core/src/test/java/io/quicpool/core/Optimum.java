package io.quicpool.core;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * What an eviction that knew the future would reach: it gives up whoever is wanted again last (L.
 * A. Bélády, "A study of replacement algorithms for a virtual-storage computer", 1966).
 */
final class Optimum {
  private Optimum() {}

  /** How many of the requests, each for one of {@code numbers} peers, find a connection. */
  static long hits(int[] requests, int numbers, int cap) {
    int never = requests.length;
    int[] next = new int[requests.length];
    int[] latest = new int[numbers];
    Arrays.fill(latest, never);
    for (int i = requests.length - 1; i >= 0; i--) {
      next[i] = latest[requests[i]];
      latest[requests[i]] = i;
    }
    int[] wantedAgain = new int[numbers]; // when, of those who are in; -1 of others
    Arrays.fill(wantedAgain, -1);
    PriorityQueue<long[]> last = new PriorityQueue<>((a, b) -> Long.compare(b[0], a[0]));
    int in = 0;
    long hits = 0;
    for (int i = 0; i < requests.length; i++) {
      int peer = requests[i];
      if (wantedAgain[peer] >= 0) {
        hits++;
      } else if (in < cap) {
        in++;
      } else {
        long[] victim = last.remove();
        while (wantedAgain[(int) victim[1]] != victim[0]) { // it was wanted since, and noted anew
          victim = last.remove();
        }
        wantedAgain[(int) victim[1]] = -1;
      }
      wantedAgain[peer] = next[i];
      last.add(new long[] {next[i], peer});
    }
    return hits;
  }
}

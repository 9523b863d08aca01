package io.quicpool.cli;

import io.quicpool.PoolStats;
import java.time.Duration;

/**
 * What the demo measured on one transport.
 *
 * @param transport its name
 * @param link round trips of bare UDP through a link, before, between and after the messages
 * @param fresh messages, each over a connection of its own
 * @param pooled messages through the pool
 * @param stats what the pool did for them
 */
record DemoResult(String transport, Samples link, Samples fresh, Samples pooled, PoolStats stats) {

  /** How many times faster the median message is. */
  double speedup() {
    return Units.ratio(fresh.p50(), pooled.p50());
  }

  /** What the median message is spared. */
  Duration saved() {
    return fresh.p50().minus(pooled.p50());
  }
}

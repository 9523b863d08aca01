package io.quicpool.core;

import io.quicpool.spi.QuicConnection;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * How long something may take on a connection before its absence means anything: four round trips
 * and 50 ms, at least 250 ms, so that the loss of a packet is not taken for more than that.
 */
final class Patience {
  private static final Duration LEAST = Duration.ofMillis(250);
  private static final Duration SLACK = Duration.ofMillis(50);

  private Patience() {}

  /** The least, if the transport does not tell the round-trip time, or fails to. */
  static Duration with(QuicConnection connection) {
    try {
      Duration wait =
          connection.stats().rtt().map(rtt -> rtt.multipliedBy(4).plus(SLACK)).orElse(LEAST);
      return wait.compareTo(LEAST) < 0 ? LEAST : wait;
    } catch (RuntimeException | Error e) {
      Callbacks.LOG.log(Level.WARNING, "the transport cannot tell the round-trip time", e);
      return LEAST;
    }
  }
}

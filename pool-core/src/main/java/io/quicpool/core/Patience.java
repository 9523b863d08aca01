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
  private static final int ROUND_TRIPS = 4;

  /** A round trip up to which the least is enough. */
  private static final Duration SHORT = LEAST.minus(SLACK).dividedBy(ROUND_TRIPS);

  private Patience() {}

  /** The least, if the transport does not tell the round-trip time, or fails to. */
  static Duration with(QuicConnection connection) {
    try {
      Duration rtt = connection.stats().rtt().orElse(SHORT);
      return rtt.compareTo(SHORT) <= 0 ? LEAST : rtt.multipliedBy(ROUND_TRIPS).plus(SLACK);
    } catch (RuntimeException | Error e) {
      Callbacks.LOG.log(Level.WARNING, "the transport cannot tell the round-trip time", e);
      return LEAST;
    }
  }
}

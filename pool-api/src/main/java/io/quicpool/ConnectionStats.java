package io.quicpool;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a QUIC stack tells about a connection at one moment. A number that the stack does not keep
 * is empty, never 0.
 *
 * @param rtt the smoothed round-trip time (RFC 9002, section 5.3)
 * @param packetsLost packets declared lost
 * @param bytesSent bytes of UDP payload sent
 * @param bytesReceived bytes of UDP payload received
 */
public record ConnectionStats(
    Optional<Duration> rtt,
    OptionalLong packetsLost,
    OptionalLong bytesSent,
    OptionalLong bytesReceived) {

  /** Nothing is known. */
  public static ConnectionStats unknown() {
    return new ConnectionStats(
        Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
  }
}

package io.quicpool.spi;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * One dial.
 *
 * @param address where to send packets; resolved
 * @param serverName the host that is asked for: sent as SNI (RFC 6066) if it is a name, never if it
 *     is an address literal
 * @param verifier says whether the peer's certificates are accepted
 * @param timeout how long the dial may take as a whole; positive
 */
public record DialRequest(
    InetSocketAddress address, String serverName, PeerVerifier verifier, Duration timeout) {

  /** Checked: the address is resolved and the timeout positive. */
  public DialRequest {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("a dial's address must be resolved, was " + address);
    }
    if (timeout.isZero() || timeout.isNegative()) {
      throw new IllegalArgumentException("a dial's timeout must be positive, was " + timeout);
    }
  }
}

package io.quicpool.testkit.contract;

/**
 * Everything that {@link io.quicpool.spi.QuicTransport} promises, as tests that any transport can
 * run against itself, or against another one:
 *
 * <pre>{@code
 * class MyTransportTest extends QuicTransportContract {
 *   @Override
 *   protected QuicTransport dialling() {
 *     return new MyTransport();
 *   }
 *
 *   @Override
 *   protected QuicTransport listening() {
 *     return new MyTransport();
 *   }
 * }
 * }</pre>
 *
 * <p>Both are asked for often; each answer must be able to reach the other's listeners on
 * 127.0.0.1. What a transport does not have among its {@link
 * io.quicpool.spi.QuicEndpoint#capabilities()} is not asked of it, except that it says so; the
 * protected methods tell what else may be narrowed. Threads that a transport starts are known by
 * names that begin with {@code quicpool-} and its name.
 *
 * <p>A test has failed after a minute at the latest (ten for those with volume); events that must
 * come soon have {@link #patience()}. The parts: dials ({@link DialContract}), identity ({@link
 * IdentityContract}), bytes ({@link StreamContract}), early ends ({@link StreamEndContract}), the
 * stream limit ({@link StreamLimitContract}), ends of connections and signs of life ({@link
 * ConnectionContract}), and volume ({@link VolumeContract}), which {@code -Dquicpool.volume=N}
 * multiplies.
 */
public abstract non-sealed class QuicTransportContract extends VolumeContract {

  /** For subclasses. */
  protected QuicTransportContract() {}
}

/**
 * What providers implement: a {@link io.quicpool.spi.QuicTransport} over a QUIC stack, an {@link
 * io.quicpool.spi.EvictionPolicy}, and the time, names and verification that the core is given.
 *
 * <p>The artefact {@code quicpool-testkit} holds the contracts that any provider can run against
 * itself.
 */
package io.quicpool.spi;

/**
 * Tools for tests over quicpool.
 *
 * <ul>
 *   <li>{@link io.quicpool.testkit.InMemoryNetwork} instead of sockets, with scripted faults, and
 *       {@link io.quicpool.testkit.ManualTime} instead of a clock: the pool without waiting.
 *   <li>{@link io.quicpool.testkit.FaultLink}, {@link io.quicpool.testkit.EchoPeer} and {@link
 *       io.quicpool.testkit.TestCertificates}: real transports on a bad network.
 * </ul>
 */
package io.quicpool.testkit;

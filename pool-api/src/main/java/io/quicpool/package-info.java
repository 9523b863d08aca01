/**
 * What applications use: {@link io.quicpool.QuicPool}, the {@link io.quicpool.Peer}s it reaches,
 * the {@link io.quicpool.Lease}s and {@link io.quicpool.QuicStream}s it hands out, and the errors
 * it explains itself with.
 *
 * <p>Nothing in this package returns {@code null}. Words are those of RFC 9000, section 1.2.
 */
package io.quicpool;

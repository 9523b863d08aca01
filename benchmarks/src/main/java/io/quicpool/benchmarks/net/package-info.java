/** What messages cost on real QUIC, through the pool and with the stacks alone. */
@NullMarked
package io.quicpool.benchmarks.net;

import org.jspecify.annotations.NullMarked;

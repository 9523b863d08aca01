/** Binds a pool to Micrometer: {@link io.quicpool.micrometer.QuicPoolMetrics}. */
@NullMarked
package io.quicpool.micrometer;

import org.jspecify.annotations.NullMarked;

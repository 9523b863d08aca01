/** Shows a pool in the JVM's management: {@link io.quicpool.jmx.PoolManagement}. */
@NullMarked
package io.quicpool.jmx;

import org.jspecify.annotations.NullMarked;

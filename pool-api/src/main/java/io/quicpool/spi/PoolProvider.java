package io.quicpool.spi;

import io.quicpool.PoolConfig;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicPool;

/**
 * The pool behind {@link QuicPool#builder()}: the service that the core module provides, found
 * through {@link java.util.ServiceLoader}. Public no-argument constructor without effects.
 */
public interface PoolProvider {

  /**
   * Opens a pool.
   *
   * @throws PoolOpenException if it cannot be; nothing is left behind
   */
  QuicPool open(PoolConfig config) throws PoolOpenException;
}

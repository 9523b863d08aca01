package io.quicpool.eviction.lru;

import io.quicpool.spi.EvictionPolicy;
import io.quicpool.testkit.contract.EvictionPolicyContract;

/** The contract that every policy keeps, and which says nothing of the order. */
class LruContractTest extends EvictionPolicyContract {

  @Override
  protected EvictionPolicy newPolicy() {
    return new LruEvictionPolicy();
  }
}

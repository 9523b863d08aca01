package example.policy;

import io.quicpool.spi.EvictionPolicy;
import io.quicpool.testkit.contract.EvictionPolicyContract;

/** What every policy has to keep. */
class CheapestToRestoreTest extends EvictionPolicyContract {
  @Override
  protected EvictionPolicy newPolicy() {
    return new CheapestToRestore();
  }
}

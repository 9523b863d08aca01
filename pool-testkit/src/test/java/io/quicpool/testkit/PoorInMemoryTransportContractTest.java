package io.quicpool.testkit;

import io.quicpool.Capability;

/** The contract over a transport that has none of the capabilities. */
class PoorInMemoryTransportContractTest extends InMemoryContract {

  PoorInMemoryTransportContractTest() {
    super(new InMemoryTransport().without(Capability.values()));
  }
}

package io.quicpool.testkit;

/** The contract over the transport in memory. */
class InMemoryTransportContractTest extends InMemoryContract {

  InMemoryTransportContractTest() {
    super(new InMemoryTransport());
  }
}

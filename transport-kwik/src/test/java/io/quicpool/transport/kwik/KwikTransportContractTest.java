package io.quicpool.transport.kwik;

import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.contract.QuicTransportContract;

class KwikTransportContractTest extends QuicTransportContract {

  @Override
  protected QuicTransport dialling() {
    return new KwikTransport();
  }

  @Override
  protected QuicTransport listening() {
    return new KwikTransport();
  }
}

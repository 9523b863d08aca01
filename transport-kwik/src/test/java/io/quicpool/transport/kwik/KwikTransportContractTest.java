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

  /** K20: a closing kwik listener may send MAX_STREAMS in a packet before CONNECTION_CLOSE. */
  @Override
  protected boolean returnsCreditWhileClosing() {
    return true;
  }
}

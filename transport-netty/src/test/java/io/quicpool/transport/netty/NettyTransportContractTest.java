package io.quicpool.transport.netty;

import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.contract.QuicTransportContract;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract of transports, netty to netty. */
@ExtendWith(LeakCheck.class)
class NettyTransportContractTest extends QuicTransportContract {

  @Override
  protected QuicTransport dialling() {
    return new NettyTransport();
  }

  @Override
  protected QuicTransport listening() {
    return new NettyTransport();
  }

  /** Where both directions are over at once the codec can lose track of a stream (N16). */
  @Override
  protected boolean tellsEveryStop() {
    return false;
  }
}

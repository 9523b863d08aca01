package io.quicpool.it;

import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.contract.QuicTransportContract;

/** The contract of transports, with kwik dialling and netty listening. */
class KwikToNettyIT extends QuicTransportContract {
  @Override
  protected QuicTransport dialling() {
    return Stacks.transport("kwik");
  }

  @Override
  protected QuicTransport listening() {
    return Stacks.transport("netty");
  }

  /** Where both directions are over at once the codec can lose track of a stream (N16). */
  @Override
  protected boolean tellsEveryStop() {
    return false;
  }

  /** All of it arrives where a stack talks with itself. */
  @Override
  protected int volumePercent() {
    return 10;
  }
}

package io.quicpool.it;

import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.contract.QuicTransportContract;

/** The contract of transports, with netty dialling and kwik listening. */
class NettyToKwikIT extends QuicTransportContract {
  @Override
  protected QuicTransport dialling() {
    return Stacks.transport("netty");
  }

  @Override
  protected QuicTransport listening() {
    return Stacks.transport("kwik");
  }

  /** K20: a closing kwik listener may send MAX_STREAMS in a packet before CONNECTION_CLOSE. */
  @Override
  protected boolean returnsCreditWhileClosing() {
    return true;
  }

  /** All of it arrives where a stack talks with itself. */
  @Override
  protected int volumePercent() {
    return 10;
  }
}

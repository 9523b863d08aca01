package io.quicpool.it;

import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.contract.QuicTransportContract;
import org.junit.jupiter.api.Tag;

/** The contract of transports, with kwik dialling and netty listening. */
@Tag("open-defect") // docs/open-defects.md
class KwikToNettyIT extends QuicTransportContract {
  @Override
  protected QuicTransport dialling() {
    return Stacks.transport("kwik");
  }

  @Override
  protected QuicTransport listening() {
    return Stacks.transport("netty");
  }
}

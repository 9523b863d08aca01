package io.quicpool.testkit;

import io.quicpool.testkit.contract.QuicTransportContract;
import java.net.InetSocketAddress;

/** The contract over a network in memory, which a subclass chooses. */
abstract class InMemoryContract extends QuicTransportContract {
  private final InMemoryTransport transport;

  InMemoryContract(InMemoryTransport transport) {
    this.transport = transport;
  }

  @Override
  protected InMemoryTransport dialling() {
    return transport;
  }

  @Override
  protected InMemoryTransport listening() {
    return transport;
  }

  @Override
  protected boolean overUdp() {
    return false;
  }

  @Override
  protected Path path(InetSocketAddress listener) {
    PeerScript script = transport.network().script(listener);
    return new Path() {
      @Override
      public InetSocketAddress address() {
        return listener;
      }

      @Override
      public void blackhole(boolean swallow) {
        if (swallow) {
          script.dieSilently();
        } else {
          script.revive();
        }
      }

      @Override
      public void close() {
        script.revive();
      }
    };
  }
}

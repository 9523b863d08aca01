package example.loop;

import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.contract.QuicTransportContract;
import java.net.InetSocketAddress;

/** Everything that a transport has to keep. */
class LoopTransportTest extends QuicTransportContract {
  @Override
  protected QuicTransport dialling() {
    return new LoopTransport();
  }

  @Override
  protected QuicTransport listening() {
    return new LoopTransport();
  }

  @Override
  protected boolean overUdp() {
    return false;
  }

  /** Nothing is lost on the way, and it has no probe that could find out. */
  @Override
  protected Path path(InetSocketAddress listener) {
    return new Path() {
      @Override
      public InetSocketAddress address() {
        return listener;
      }

      @Override
      public void blackhole(boolean swallow) {}

      @Override
      public void close() {}
    };
  }
}

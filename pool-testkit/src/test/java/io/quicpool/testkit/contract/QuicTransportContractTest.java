package io.quicpool.testkit.contract;

import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.InMemoryTransport;
import io.quicpool.testkit.PeerScript;
import io.quicpool.testkit.contract.FlawedTransport.Flaw;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each flaw of a transport is seen by the test that is there for it. */
@Timeout(120)
class QuicTransportContractTest {
  private static volatile Flaw flaw = Flaw.NONE;

  @AfterEach
  void repair() {
    flaw = Flaw.NONE;
  }

  static class Subject extends QuicTransportContract {
    private final InMemoryTransport sound = new InMemoryTransport();
    private final FlawedTransport transport = new FlawedTransport(sound, flaw);

    @Override
    protected QuicTransport dialling() {
      return transport;
    }

    @Override
    protected QuicTransport listening() {
      return transport;
    }

    @Override
    protected Duration patience() {
      return flaw == Flaw.NONE ? super.patience() : Duration.ofMillis(400);
    }

    @Override
    protected boolean overUdp() {
      return false;
    }

    @Override
    protected Path path(InetSocketAddress listener) {
      PeerScript script = sound.network().script(listener);
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

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void eachFlawIsSeenAndNotWithoutIt(Flaw one) {
    ContractRun.mustPass(Subject.class, one.seenBy);
    flaw = one;
    ContractRun.mustFail(Subject.class, one.seenBy);
  }
}

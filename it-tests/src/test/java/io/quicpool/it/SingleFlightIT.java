package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class SingleFlightIT {
  private static final int CALLERS = 1_000;

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.quicpool.it.Stacks#names")
  void aThousandCallersOfAColdPeerShareOneDial(String transport) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
    try (EchoPeer echo = Talk.echo(transport);
        FaultLink link = FaultLink.open(echo.address(), 1).blackhole(true);
        QuicPool pool =
            Talk.pool(transport)
                .connectTimeout(Duration.ofMinutes(1))
                .acquireTimeout(Duration.ofMinutes(1))
                .open()) {
      Peer peer = Talk.behind(link);
      List<Future<Long>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(
            threads.submit(
                () -> {
                  try (Lease lease = pool.acquire(peer)) {
                    return lease.connection().id();
                  }
                }));
      }
      Await.until(() -> pool.stats().waiting() == CALLERS, () -> "all wait: " + pool.stats());
      assertEquals(1, pool.stats().dialling());
      link.heal();

      long connection = callers.get(0).get();
      for (Future<Long> caller : callers) {
        assertEquals(connection, caller.get(), "the connection that a caller got");
      }
      assertEquals(1, pool.stats().dials());
      assertEquals(1, pool.stats().opened());
      assertEquals(CALLERS, pool.stats().acquired());
      assertEquals(CALLERS, pool.stats().misses(), "who joins a dial is a miss");
      Talk.message(pool, peer, "by which the peer has accepted whatever was dialled before it");
      assertEquals(1, echo.connections());
    } finally {
      threads.shutdownNow();
    }
  }
}

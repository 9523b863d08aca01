package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.testkit.EchoPeer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Several connections to one peer, which allows few streams on each. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(120)
class SeveralConnectionsIT {
  private static final int THREADS = 40;
  private static final int MESSAGES = 50;
  private static final String MESSAGE = "to whichever has credit";

  @Parameter private String transport;

  private EchoPeer peerAllowing(int streams) throws Exception {
    return EchoPeer.on(Stacks.transport(transport), Talk.LOCALHOST.identity(), Talk.PROTOCOL)
        .maxStreams(streams)
        .open();
  }

  /** A stream that stays open, of which the peer knows. */
  private static QuicStream conversation(QuicPool pool, EchoPeer peer) throws Exception {
    QuicStream stream = pool.openStream(peer.peer());
    stream.output().write('x');
    assertEquals('x', stream.input().read());
    return stream;
  }

  @Test
  void theNextIsOpenedWhenStreamCreditIsUsedUp() throws Exception {
    try (EchoPeer peer = peerAllowing(2);
        QuicPool pool = Talk.pool(transport).maxConnectionsPerPeer(3).open();
        QuicPool single = Talk.pool(transport).open()) {
      List<QuicStream> open = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        open.add(conversation(pool, peer));
        int least = 1 + i / 2; // when exactly, the tests in virtual time say
        assertTrue(pool.stats().open() >= least, () -> "below " + least + ": " + pool.stats());
      }
      assertEquals(3, pool.stats().dials());
      Talk.message(single, peer.peer(), "others have credit of their own");

      ExecutorService thread = Executors.newSingleThreadExecutor();
      try {
        Future<QuicStream> seventh = thread.submit(() -> conversation(pool, peer));
        Await.until(() -> pool.stats().streams() == 7, () -> "waits: " + pool.stats());
        // It waits on one of them: credit there lets it go.
        open.forEach(QuicStream::close);
        seventh.get().close();
      } finally {
        thread.shutdownNow();
      }
      assertEquals(3, pool.stats().open());
      assertEquals(3, pool.stats().dials());
    }
  }

  @Test
  void underLoadNoMessageIsLostAndNeverAreThereMore() throws Exception {
    try (EchoPeer peer = peerAllowing(4)) {
      QuicPool pool = Talk.pool(transport).maxConnectionsPerPeer(3).open();
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try (pool) {
        List<Future<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          callers.add(threads.submit(() -> talk(pool, peer)));
        }
        for (Future<Integer> caller : callers) {
          assertEquals(MESSAGES, caller.get());
        }
        PoolStats stats = pool.stats();
        assertTrue(stats.dials() <= 3, stats::toString);
        assertEquals(stats.dials(), stats.open(), stats::toString);
        assertEquals(0, stats.dialsFailed() + stats.removedDead(), stats::toString);
        assertEquals(stats.dials(), peer.connections());
      } finally {
        threads.shutdownNow();
      }
      assertEquals(pool.stats().opened(), pool.stats().closed());
      assertEquals((long) THREADS * MESSAGES * MESSAGE.length(), peer.bytes());
    }
  }

  private static int talk(QuicPool pool, EchoPeer peer) throws Exception {
    int done = 0;
    for (int i = 0; i < MESSAGES; i++) {
      Talk.message(pool, peer.peer(), MESSAGE);
      done++;
    }
    return done;
  }
}

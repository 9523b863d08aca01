package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectionLostException;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers in processes of their own that die or freeze without a word, with a pool's defaults. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.quicpool.it.Stacks#names")
@Timeout(60)
class PeerDeathIT {
  private static final Duration NOTICED = Duration.ofSeconds(2);
  private static final Duration USABLE = Duration.ofSeconds(3);
  private static final Duration FROZEN = Duration.ofSeconds(3);

  @Parameter private String transport;
  @TempDir private Path folder;
  private final Recorder told = new Recorder();
  private PeerProcess process;
  private QuicPool pool;

  @BeforeEach
  void open() throws IOException {
    process = new PeerProcess(transport, folder);
    pool = Talk.pool(transport).listener(told).open();
  }

  @AfterEach
  void close() throws IOException {
    pool.close(Duration.ZERO);
    process.close();
  }

  @Test
  void aKilledPeerIsNoticedWhileMessagesAreWantedAndDialledAnewWhenItIsBack() throws Exception {
    Peer peer = process.peer();
    talk(peer);

    assertNoticed(peer, process::kill);
    process.restart();

    assertUsable(peer, Duration.ofSeconds(5));
    assertEquals(1, pool.stats().open());
  }

  @Test
  void aFrozenPeerIsNoticedAndUsedAgainWhenItGoesOn() throws Exception {
    Peer peer = process.peer();
    talk(peer);

    assertNoticed(peer, process::freeze);
    CompletableFuture<Lease> asked = pool.acquireAsync(peer); // somebody still wants it
    LockSupport.parkNanos(FROZEN.toNanos()); // the time that it is frozen is what is tested
    process.thaw();

    assertUsable(peer, USABLE);
    asked.thenAccept(Lease::close);
  }

  /** Long enough that the round trip is known, which the handshake alone tells too long. */
  private void talk(Peer peer) throws IOException {
    for (int i = 0; i < 20; i++) {
      Talk.message(pool, peer, "before " + i);
    }
  }

  private interface Fault {
    void strike() throws Exception;
  }

  /** Expects that a reader and the pool learn of the fault in time. */
  private void assertNoticed(Peer peer, Fault fault) throws Exception {
    try (QuicStream waiting = pool.openStream(peer)) {
      waiting.output().write(1);
      assertEquals(1, waiting.input().read());
      long start = System.nanoTime();
      fault.strike();
      assertThrows(ConnectionLostException.class, () -> waiting.input().read());
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      Figure.print("R7, R8", transport, "noticed after", took);
      assertTrue(took.compareTo(NOTICED) <= 0, () -> "noticed after " + took);
    }
    assertEquals(
        RemovalCause.UNRESPONSIVE, Await.result(told.removal(peer), "the removal of " + peer));
  }

  /** Sends until a message comes back, as an application would: dialling when it is told to. */
  private void assertUsable(Peer peer, Duration within) throws IOException {
    long start = System.nanoTime();
    for (int attempt = 1; ; attempt++) {
      try {
        Talk.message(pool, peer, "after " + attempt);
        break;
      } catch (PoolException e) {
        Duration since = Duration.ofNanos(System.nanoTime() - start);
        assertTrue(since.compareTo(within) <= 0, () -> "not usable after " + since + ": " + e);
        if (e instanceof ConnectFailedException refused) {
          refused.retryIn().ifPresent(left -> LockSupport.parkNanos(left.toNanos()));
        }
      }
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    Figure.print("R7, R8", transport, "usable after", took);
    assertTrue(took.compareTo(within) <= 0, () -> "usable after " + took);
  }
}

package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.QuicStream;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.QuicConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A FIN arrives however its stream was ended (N1).
 *
 * <p>So many large replies on one connection lose packets now and then, by which the codec can come
 * to have no room for any stream for good (N20). A caller then does what pools on both sides do:
 * one of them finds that its connection fails its probe, and another one is dialled. A connection
 * that passes on both sides has to deliver.
 */
@ExtendWith(LeakCheck.class)
class FinTest {
  private static final int CALLERS = 16;

  @ParameterizedTest(name = "{0} replies of up to {1} bytes, ended {2} us after the flush")
  @CsvSource({"1600, 4000, 0", "800, 4000, 2000", "64, 600000, 0", "48, 600000, 2000"})
  void outputEndedAfterItsFlushReachesThePeer(int count, int maxBytes, long micros)
      throws Exception {
    try (Pair pair =
        new Pair(
            stream -> {
              byte[] request = Pair.readAll(stream);
              stream.output().write(request);
              stream.output().flush();
              if (micros > 0) { // long enough for the bytes to leave before the FIN is asked for
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
              }
              stream.output().close();
            })) {
      QuicConnection shared = pair.dial();
      List<Future<Integer>> callers = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        Random random = new Random(caller);
        callers.add(
            pair.executor.submit(() -> exchange(pair, shared, random, count / CALLERS, maxBytes)));
      }
      int done = 0;
      for (Future<Integer> caller : callers) {
        done += caller.get(90, TimeUnit.SECONDS);
      }
      assertEquals(count, done);
    }
  }

  private static int exchange(
      Pair pair, QuicConnection shared, Random random, int count, int maxBytes) throws Exception {
    QuicConnection connection = shared;
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[1 + random.nextInt(maxBytes)];
      random.nextBytes(data);
      try {
        echoed(connection, data);
      } catch (StreamTimeoutException | StreamResetException e) { // by its writer's timeout, say
        List<QuicConnection> bothSides = new ArrayList<>(pair.accepted);
        bothSides.add(connection);
        if (allAlive(bothSides)) {
          throw e;
        }
        connection = pair.dial();
        echoed(connection, data);
      }
    }
    return count;
  }

  private static boolean allAlive(List<QuicConnection> connections) throws Exception {
    boolean alive = true;
    for (QuicConnection each : connections) {
      alive &= each.probe(Duration.ofSeconds(2)).get(10, TimeUnit.SECONDS);
    }
    return alive;
  }

  private static void echoed(QuicConnection connection, byte[] data) throws Exception {
    try (QuicStream stream = Pair.open(connection)) {
      Thread writer =
          new Thread(
              () -> {
                try {
                  stream.output().write(data);
                  stream.output().close();
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      writer.start();
      assertArrayEquals(data, Pair.readAll(stream));
      writer.join();
    }
  }
}

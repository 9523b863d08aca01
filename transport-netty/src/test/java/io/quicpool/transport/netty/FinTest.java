package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.QuicStream;
import io.quicpool.spi.QuicConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A FIN arrives however its stream was ended (N1). */
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
      QuicConnection connection = pair.dial();
      List<Future<Integer>> callers = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        Random random = new Random(caller);
        callers.add(
            pair.executor.submit(() -> exchange(connection, random, count / CALLERS, maxBytes)));
      }
      int done = 0;
      for (Future<Integer> caller : callers) {
        done += caller.get(60, TimeUnit.SECONDS);
      }
      assertEquals(count, done);
    }
  }

  private static int exchange(QuicConnection connection, Random random, int count, int maxBytes)
      throws Exception {
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[1 + random.nextInt(maxBytes)];
      random.nextBytes(data);
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
    return count;
  }
}

package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.quicpool.QuicStream;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * Many streams and much data, byte-exact, with an end each. What one side sends is derived from a
 * seed, which a failure tells. The system property {@code quicpool.volume} multiplies the volume,
 * {@code quicpool.seed} replaces the seed.
 *
 * <p>Each stream goes there and back. The default, 1, is 10 000 streams of about 40 MB and ten
 * echoes of 10 MB: 140 MB of messages, each of which is seen twice.
 */
public abstract sealed class VolumeContract extends ConnectionContract
    permits QuicTransportContract {
  private static final int VOLUME = Integer.getInteger("quicpool.volume", 1);
  private static final long SEED = Long.getLong("quicpool.seed", 20_260_101L);
  private static final int STREAMS = 10_000;
  private static final int LARGE_EVERY = 100;
  private static final int SMALL_BYTES = 4 * 1024;
  private static final int LARGE_BYTES = 1 << 20;
  private static final int WRITER_NEEDED_BYTES = 64 * 1024;
  private static final int ECHO_BYTES = 10_000_000;
  private static final int ECHOES = 5;
  private static final int WORKERS = 8;

  VolumeContract() {}

  /**
   * How much of the volume there is to be, at least one of each. Two stacks of which each does all
   * with itself may do with less between them.
   */
  protected int volumePercent() {
    return 100;
  }

  private int share(int of) {
    return Math.max(1, of * volumePercent() / 100) * VOLUME;
  }

  @Test
  @Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
  public void everyByteAndEveryEndOfManyStreamsArrives() throws Exception {
    int streams = share(STREAMS);
    Pair pair = connect();
    AtomicInteger accepted = new AtomicInteger();
    AtomicReference<Throwable> failed = new AtomicReference<>();
    pair.listener().onStream(stream -> echo(stream, accepted.getAndIncrement(), failed));
    AtomicInteger next = new AtomicInteger();
    List<Running<Boolean>> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(start(() -> work(pair.dialler(), streams, next, failed)));
    }
    for (Running<Boolean> worker : workers) {
      get(worker.result(), Duration.ofMinutes(10));
    }
    assertEquals(streams, accepted.get());
  }

  private Duration streamTimeout() {
    return patience().multipliedBy(2);
  }

  private boolean work(
      QuicConnection connection,
      int streams,
      AtomicInteger next,
      AtomicReference<Throwable> failed) {
    for (int i = next.getAndIncrement(); i < streams; i = next.getAndIncrement()) {
      if (failed.get() != null) {
        break;
      }
      try {
        roundTrip(connection, i);
      } catch (Exception | AssertionError e) {
        failed.compareAndSet(null, e);
        throw new AssertionError(
            "seed " + SEED + ", stream number " + i + ", " + size(i) + " bytes: " + e, e);
      }
    }
    return true;
  }

  /** Every hundredth is large, of up to 1 MiB with few near it; the others are up to 4 KiB. */
  private static int size(int number) {
    Random random = new Random(SEED + number);
    if (number % LARGE_EVERY != LARGE_EVERY / 2) {
      return random.nextInt(SMALL_BYTES + 1);
    }
    return number % (10 * LARGE_EVERY) == LARGE_EVERY / 2
        ? LARGE_BYTES
        : random.nextInt(LARGE_BYTES / 4);
  }

  private void roundTrip(QuicConnection connection, int number) throws Exception {
    byte[] sent = data(SEED ^ number, size(number));
    boolean flush = number % 10 == 3 || sent.length == LARGE_BYTES;
    try (QuicStream stream = get(connection.openStream(), streamTimeout())) {
      stream.timeout(streamTimeout());
      if (sent.length > WRITER_NEEDED_BYTES) {
        Running<Boolean> writer = start(() -> send(stream, sent, flush));
        compare(sent, stream.input());
        get(writer.result(), streamTimeout());
      } else {
        send(stream, sent, flush);
        compare(sent, stream.input());
      }
    }
  }

  private boolean send(QuicStream stream, byte[] data, boolean flush) throws IOException {
    OutputStream out = stream.output();
    out.write(data);
    if (flush) {
      out.flush();
    }
    out.close();
    return true;
  }

  /** Reads to the end, which must come right after the last byte. */
  private static void compare(byte[] sent, InputStream in) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    int at = 0;
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      for (int i = 0; i < count; i++, at++) {
        if (at >= sent.length) {
          fail("more came back than the " + sent.length + " bytes that were sent");
        }
        if (buffer[i] != sent[at]) {
          fail("byte " + at + " of " + sent.length + " came back wrong");
        }
      }
    }
    assertEquals(sent.length, at, "a clean end after fewer bytes than were sent");
  }

  /** Every tenth echo ends after a flush too, and so do the largest. */
  private void echo(QuicStream stream, int number, AtomicReference<Throwable> failed) {
    byte[] buffer = new byte[16 * 1024];
    int total = 0;
    try (stream) {
      stream.timeout(streamTimeout());
      for (int n = stream.input().read(buffer); n >= 0; n = stream.input().read(buffer)) {
        stream.output().write(buffer, 0, n);
        total += n;
      }
      if (number % 10 == 7 || total == LARGE_BYTES) {
        stream.output().flush();
      }
      stream.output().close();
    } catch (IOException e) {
      failed.compareAndSet(null, e);
    }
  }

  @Test
  @Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
  public void tenMegabytesComeBackEachTime() throws Exception {
    Pair pair = connect();
    pair.listener().onStream(TransportFixture::echo);
    largeEchoes(pair.dialler());
  }

  @Test
  @Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
  public void tenMegabytesThatTheListenerSendsComeBackEachTime() throws Exception {
    Pair pair = connect();
    pair.dialler().onStream(TransportFixture::echo);
    largeEchoes(pair.listener());
  }

  private void largeEchoes(QuicConnection connection) throws Exception {
    for (int i = 0; i < share(ECHOES); i++) {
      byte[] sent = data(SEED + i, ECHO_BYTES);
      try (QuicStream stream = open(connection)) {
        stream.timeout(streamTimeout());
        Running<Boolean> writer = start(() -> send(stream, sent, false));
        byte[] back = stream.input().readAllBytes();
        assertArrayEquals(sent, back, "seed " + SEED + ", echo " + i);
        get(writer.result(), streamTimeout());
      } catch (IOException e) {
        throw new AssertionError("seed " + SEED + ", echo " + i + ": " + e, e);
      }
    }
  }
}

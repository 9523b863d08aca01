package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.QuicStream;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.QuicEndpoint;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;

/** Streams that end before their end: reset, stopped, closed early, too slow, interrupted. */
public abstract sealed class StreamEndContract extends StreamContract permits StreamLimitContract {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final long WINDOW = 64 * 1024;

  StreamEndContract() {}

  private boolean can(Capability capability, boolean dialling) throws Exception {
    QuicEndpoint endpoint = dialling ? dialler() : listen(SERVER).endpoint();
    return endpoint.capabilities().contains(capability);
  }

  private void assertCode(long code, StreamResetException reset, boolean seenByDialler)
      throws Exception {
    if (can(Capability.RESET_CODES, seenByDialler)) {
      assertEquals(OptionalLong.of(code), reset.code());
    } else {
      assertTrue(reset.code().isEmpty() || reset.code().getAsLong() == code);
    }
  }

  @Test
  public void aResetIsSeenByTheReaderWithItsCode() throws Exception {
    Pair pair = connect();
    StreamPair stream = streamPair(pair);
    stream.near().reset(77);
    assertCode(77, readUntilReset(stream.far()), false);
    stream.far().reset(78);
    assertCode(78, readUntilReset(stream.near()), true);
    assertTrue(pair.dialler().isOpen());
    get(stream.near().ended());
    get(stream.far().ended());
  }

  @Test
  public void aResetWakesAReaderThatWaits() throws Exception {
    StreamPair stream = streamPair(connect());
    Running<Integer> reader = startBlocking(() -> stream.far().input().read());
    stream.near().reset(1);
    failure(StreamResetException.class, reader.result());
  }

  @Test
  public void aRequestToStopIsSeenByTheWriter() throws Exception {
    StreamPair stream = streamPair(connect());
    stream.near().stopSending(55);
    StreamResetException reset = writeUntilReset(stream.far());
    assertTrue(
        reset.code().isEmpty() || reset.code().getAsLong() == 55, () -> "code " + reset.code());
    assertThrows(StreamResetException.class, () -> stream.near().input().read());
  }

  @Test
  public void theOtherDirectionOutlivesARequestToStop() throws Exception {
    StreamPair stream = streamPair(connect());
    stream.near().stopSending(55);
    writeUntilReset(stream.far());
    stream.near().output().write(9);
    stream.near().output().close();
    assertEquals(9, stream.far().input().read());
    assertEquals(-1, stream.far().input().read());
  }

  @Test
  public void stoppingFromAnotherThreadWakesTheReader() throws Exception {
    StreamPair stream = streamPair(connect());
    Running<Integer> reader = startBlocking(() -> stream.near().input().read());
    stream.near().stopSending(1);
    failure(StreamResetException.class, reader.result());
  }

  @Test
  public void resettingFromAnotherThreadWakesTheWriter() throws Exception {
    StreamPair stream = streamPair(connect(config -> config.streamWindowBytes(WINDOW)));
    Running<Boolean> writer = startBlocking(() -> writeMuch(stream.near()));
    stream.near().reset(1);
    failure(StreamResetException.class, writer.result());
    readUntilReset(stream.far());
  }

  private boolean writeMuch(QuicStream stream) throws Exception {
    for (int i = 0; i < 1000; i++) {
      stream.output().write(new byte[16_384]);
    }
    return true;
  }

  @Test
  public void closingAStreamWithUnfinishedOutputNeverLooksLikeItsEnd() throws Exception {
    Pair pair = connect();
    BlockingQueue<QuicStream> streams = streams(pair.listener());
    for (int size : new int[] {1, 100, 5000, 50_000}) {
      QuicStream near = open(pair.dialler());
      near.output().write(7);
      near.output().flush();
      QuicStream far = take(streams); // a stream that is reset before may never be seen
      near.output().write(data(size, size));
      near.output().flush();
      near.close();
      readUntilReset(far);
      get(near.ended());
    }
  }

  @Test
  public void anExceptionBetweenWritesNeverMakesAMessageLookWhole() throws Exception {
    StreamPair stream = streamPair(connect());
    assertThrows(
        IllegalStateException.class,
        () -> {
          try (QuicStream near = stream.near()) {
            near.output().write(data(1, 2000));
            throw new IllegalStateException("before the second half");
          }
        });
    readUntilReset(stream.far());
  }

  @Test
  public void closingAStreamWithUnreadInputStopsTheWriter() throws Exception {
    StreamPair stream = streamPair(connect());
    stream.far().output().write(1);
    stream.far().output().flush();
    assertEquals(1, stream.near().input().read());
    stream.near().output().close();
    stream.near().close();
    writeUntilStopped(stream.far());
  }

  @Test
  public void aReadThatWaitsTooLongResetsTheStream() throws Exception {
    Pair pair = connect();
    StreamPair stream = streamPair(pair);
    stream.near().timeout(SHORT);
    long start = System.nanoTime();
    failure(StreamTimeoutException.class, start(() -> stream.near().input().read()).result());
    long tookMillis = (System.nanoTime() - start) / 1_000_000;
    assertTrue(tookMillis >= SHORT.toMillis() - 50, () -> "took " + tookMillis + " ms");
    assertTrue(tookMillis < SHORT.toMillis() + 2000, () -> "took " + tookMillis + " ms");
    readUntilReset(stream.far());
    writeUntilStopped(stream.far());
    assertTrue(pair.dialler().isOpen());
  }

  @Test
  public void aWriteThatThePeerDoesNotReadTimesOutAndResetsTheStream() throws Exception {
    Pair pair = connect(config -> config.streamWindowBytes(WINDOW));
    StreamPair stream = streamPair(pair);
    stream.near().timeout(SHORT);
    failure(StreamTimeoutException.class, start(() -> writeMuch(stream.near())).result());
    readUntilReset(stream.far());
    assertTrue(pair.dialler().isOpen());
  }

  @Test
  public void aSlowReaderHoldsTheWriterBackAndLosesNothing() throws Exception {
    StreamPair stream = streamPair(connect(config -> config.streamWindowBytes(WINDOW)));
    byte[] sent = data(3, 4_000_000);
    Running<Boolean> writer =
        startBlocking(
            () -> {
              stream.near().output().write(sent);
              stream.near().output().close();
              return true;
            });
    assertTrue(!writer.result().isDone(), "4 MB fitted into a window of 64 KiB");
    assertArrayEquals(sent, stream.far().input().readAllBytes());
    get(writer.result());
  }

  @Test
  public void anInterruptedReadLeavesTheStreamUsable() throws Exception {
    if (can(Capability.INTERRUPTIBLE_READ, true)) {
      StreamPair stream = streamPair(connect());
      Running<Boolean> reader =
          startBlocking(
              () -> {
                assertThrows(InterruptedIOException.class, () -> stream.near().input().read());
                return Thread.interrupted();
              });
      reader.thread().interrupt();
      assertTrue(get(reader.result()), "the interrupt flag must be set");
      stream.far().output().write(3);
      stream.far().output().close();
      assertEquals(3, stream.near().input().read());
      assertEquals(-1, stream.near().input().read());
    }
  }

  @Test
  public void aStreamThatFailedHarmsNoOther() throws Exception {
    Pair pair = connect();
    pair.listener().onStream(TransportFixture::echo);
    for (int i = 0; i < 20; i++) {
      QuicStream bad = open(pair.dialler());
      bad.output().write(1);
      bad.output().flush();
      bad.reset(i);
      bad.close();
      try (QuicStream good = open(pair.dialler())) {
        good.output().write(i);
        good.output().close();
        assertEquals(i, good.input().read());
        assertEquals(-1, good.input().read());
      }
    }
  }
}

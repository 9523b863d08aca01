package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.QuicStream;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Bytes on streams: all of them, in order, both ways, with an end that is seen. */
public abstract sealed class StreamContract extends IdentityContract permits StreamEndContract {
  private static final List<Integer> SIZES =
      List.of(0, 1, 2, 1000, 1023, 1024, 1025, 4096, 16_384, 16_385, 65_537, 300_000);

  StreamContract() {}

  @Test
  public void aReplyComesBackWholeWhateverItsSize() throws Exception {
    Pair pair = connect();
    pair.listener().onStream(TransportFixture::echo);
    for (int size : SIZES) {
      echoed(pair.dialler(), size);
    }
  }

  @Test
  public void aStreamThatTheListenerOpensIsAsGood() throws Exception {
    Pair pair = connect();
    pair.dialler().onStream(TransportFixture::echo);
    for (int size : SIZES) {
      echoed(pair.listener(), size);
    }
  }

  private void echoed(QuicConnection connection, int size) throws Exception {
    byte[] sent = data(size, size);
    try (QuicStream stream = open(connection)) {
      CompletableFuture<Boolean> writing =
          start(
                  () -> {
                    stream.output().write(sent);
                    stream.output().close();
                    return true;
                  })
              .result();
      assertArrayEquals(sent, stream.input().readAllBytes(), () -> size + " bytes");
      get(writing);
    }
  }

  @Test
  public void idsTellWhoOpenedTheStreamAndAreUnique() throws Exception {
    Pair pair = connect();
    streams(pair.dialler());
    streams(pair.listener());
    Set<Long> ids = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      long dialled = open(pair.dialler()).id();
      long accepted = open(pair.listener()).id();
      assertEquals(0, dialled % 4, "RFC 9000, section 2.1");
      assertEquals(1, accepted % 4, "RFC 9000, section 2.1");
      assertTrue(ids.add(dialled) && ids.add(accepted));
    }
  }

  @Test
  public void anOutputThatEndsLeavesTheInputOpen() throws Exception {
    StreamPair stream = streamPair(connect());
    stream.near().output().close();
    assertEquals(-1, stream.far().input().read());
    stream.far().output().write(data(1, 100_000));
    stream.far().output().close();
    assertArrayEquals(data(1, 100_000), stream.near().input().readAllBytes());
    assertEquals(-1, stream.near().input().read());
    assertEquals(0, stream.near().input().available());
  }

  @Test
  public void anEmptyStreamEndsEmpty() throws Exception {
    Pair pair = connect();
    BlockingQueue<QuicStream> streams = streams(pair.listener());
    QuicStream near = open(pair.dialler());
    near.output().close();
    QuicStream far = take(streams);
    assertEquals(-1, far.input().read());
    far.output().close();
    assertEquals(-1, near.input().read());
  }

  @Test
  public void anEndAfterAFlushArrives() throws Exception {
    Pair pair = connect();
    BlockingQueue<QuicStream> streams = streams(pair.listener());
    for (int i = 0; i < 200; i++) {
      QuicStream near = open(pair.dialler());
      near.output().write(data(i, i));
      near.output().flush();
      near.output().close();
      QuicStream far = take(streams);
      assertArrayEquals(data(i, i), far.input().readAllBytes(), "stream " + i);
      far.output().write(1);
      far.output().flush();
      far.output().close();
      assertArrayEquals(new byte[] {1}, near.input().readAllBytes(), "stream " + i);
    }
  }

  @Test
  public void anOutputThatEndedIsDeliveredThoughTheStreamIsClosed() throws Exception {
    Pair pair = connect();
    BlockingQueue<QuicStream> streams = streams(pair.listener());
    for (int size : SIZES) {
      try (QuicStream near = open(pair.dialler())) {
        near.output().write(data(size, size));
        near.output().close();
      }
      assertArrayEquals(data(size, size), take(streams).input().readAllBytes());
    }
  }

  @Test
  public void requestAndReplyAlternateOnOneStreamWithoutFlush() throws Exception {
    Pair pair = connect();
    pair.listener().onStream(TransportFixture::echo);
    try (QuicStream stream = open(pair.dialler())) {
      for (int round = 0; round < 1000; round++) {
        byte[] sent = data(round, 1 + round % 100);
        stream.output().write(sent);
        assertArrayEquals(sent, stream.input().readNBytes(sent.length), "round " + round);
      }
      stream.output().close();
      assertEquals(-1, stream.input().read());
    }
  }

  @Test
  public void bothSidesSendAtOnce() throws Exception {
    StreamPair stream = streamPair(connect());
    int size = 3_000_000;
    Running<Boolean> there = sending(stream.near(), 1, size);
    Running<Boolean> back = sending(stream.far(), 2, size);
    Running<byte[]> received = start(() -> stream.far().input().readAllBytes());
    assertArrayEquals(data(2, size), stream.near().input().readAllBytes());
    assertArrayEquals(data(1, size), get(received.result()));
    get(there.result());
    get(back.result());
  }

  private Running<Boolean> sending(QuicStream stream, long seed, int size) {
    return start(
        () -> {
          byte[] data = data(seed, size);
          for (int sent = 0; sent < size; sent += 10_007) {
            stream.output().write(data, sent, Math.min(10_007, size - sent));
          }
          stream.output().close();
          return true;
        });
  }

  @Test
  public void bytesHeldBackLeaveThoughTheReaderWaitsAlready() throws Exception {
    Pair pair = connect();
    pair.listener().onStream(TransportFixture::echo);
    QuicStream stream = open(pair.dialler());
    stream.output().write(1);
    assertEquals(1, stream.input().read());
    for (int i = 0; i < 20; i++) {
      Running<Integer> reader = startBlocking(() -> stream.input().read());
      stream.output().write(i);
      assertEquals(i, get(reader.result()));
    }
  }

  @Test
  public void aFlushLetsBytesLeave() throws Exception {
    StreamPair stream = streamPair(connect());
    stream.near().output().write(new byte[] {1, 2, 3});
    stream.near().output().flush();
    assertArrayEquals(new byte[] {1, 2, 3}, stream.far().input().readNBytes(3));
  }

  @Test
  public void manyStreamsAtOnceKeepTheirBytesApart() throws Exception {
    Pair pair = connect();
    pair.listener().onStream(TransportFixture::echo);
    List<Running<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      int size = 20_000 + i;
      all.add(
          start(
              () -> {
                echoed(pair.dialler(), size);
                return true;
              }));
    }
    for (Running<Boolean> one : all) {
      get(one.result());
    }
  }

  @Test
  public void streamsThatCameBeforeTheirHandlerWaitForIt() throws Exception {
    Pair pair = connect();
    QuicStream near = open(pair.dialler());
    near.output().write(5);
    near.output().close();
    QuicStream second = open(pair.dialler());
    second.output().write(6);
    second.output().close();
    get(pair.dialler().probe(patience())); // by now they came, as far as the stack tells
    BlockingQueue<QuicStream> streams = streams(pair.listener());
    int first = take(streams).input().read();
    int other = take(streams).input().read();
    assertEquals(5 + 6, first + other);
    assertThrows(IllegalStateException.class, () -> pair.listener().onStream(stream -> {}));
  }

  @Test
  public void aHandlerThatBlocksHoldsUpNoOtherStream() throws Exception {
    Pair pair = connect();
    CountDownLatch released = new CountDownLatch(1);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    pair.listener()
        .onStream(
            stream -> {
              threads.add(Thread.currentThread());
              try {
                if (stream.input().read() == 1) {
                  released.await();
                }
              } catch (IOException | InterruptedException e) {
                return;
              }
              echo(stream);
            });
    QuicStream blocked = open(pair.dialler());
    blocked.output().write(1);
    blocked.output().close();
    QuicStream other = open(pair.dialler());
    other.output().write(2);
    other.output().close();
    assertEquals(-1, other.input().read());
    released.countDown();
    assertEquals(-1, blocked.input().read());
    for (Thread thread : threads) {
      assertEquals("contract", thread.getName(), "handlers run on the given executor");
    }
  }

  @Test
  public void aClosedOutputTakesNothingMore() throws Exception {
    StreamPair stream = streamPair(connect());
    stream.near().output().close();
    stream.near().output().close();
    stream.near().output().flush();
    assertThrows(IOException.class, () -> stream.near().output().write(1));
    assertEquals(-1, stream.far().input().read());
  }

  @Test
  public void aStreamHasEndedWhenBothDirectionsHave() throws Exception {
    StreamPair stream = streamPair(connect());
    stream.near().output().close();
    assertEquals(-1, stream.far().input().read());
    assertFalse(stream.near().ended().toCompletableFuture().isDone());
    assertFalse(stream.far().ended().toCompletableFuture().isDone());
    stream.far().output().close();
    get(stream.far().ended());
    assertFalse(stream.near().ended().toCompletableFuture().isDone());
    assertEquals(-1, stream.near().input().read());
    get(stream.near().ended());
  }

  @Test
  public void aStreamEndsOnceItsOutputHadTimeToArriveThoughThePeerSaysNothing() throws Exception {
    StreamPair stream = streamPair(connect());
    stream.near().output().close();
    stream.near().close();
    get(stream.near().ended());
  }
}

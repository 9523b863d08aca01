package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In which pieces the codec gets what is to be sent. */
class StreamOutputTest {
  private static final int KB = 1024;
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private record Write(ByteBuf content, int bytes, boolean isFin, ChannelPromise promise) {
    static Write of(Object message, ChannelPromise promise) {
      return message instanceof QuicStreamFrame frame
          ? of(frame.content(), frame.hasFin(), promise)
          : of((ByteBuf) message, false, promise);
    }

    private static Write of(ByteBuf content, boolean isFin, ChannelPromise promise) {
      return new Write(content, content.readableBytes(), isFin, promise);
    }
  }

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final QuicStreamChannel channel = mock();
  private final Queue<Write> writes = new ArrayDeque<>();
  private boolean isFinSent;
  private StreamOutput output;
  private long room;

  @BeforeEach
  void codecHasNoRoom() {
    when(channel.eventLoop()).thenReturn(loop.eventLoop());
    when(channel.alloc()).thenReturn(UnpooledByteBufAllocator.DEFAULT);
    when(channel.bytesBeforeUnwritable()).thenAnswer(call -> room);
    when(channel.write(any()))
        .thenAnswer(
            call -> {
              Write write = Write.of(call.getArgument(0), new DefaultChannelPromise(loop));
              writes.add(write);
              if (write.bytes() <= room) {
                room -= write.bytes();
                write.promise().setSuccess();
              } else {
                room = 0;
              }
              return write.promise();
            });
    output =
        new StreamOutput(
            channel, new WriteStall(), new FinQueue(), () -> {}, () -> isFinSent = true);
  }

  @AfterEach
  void close() {
    while (!writes.isEmpty()) {
      take();
    }
    loop.finishAndReleaseAll();
  }

  private void send(int bytes, boolean fin) throws Exception {
    output.send(new byte[bytes], 0, bytes, fin, TIMEOUT_NANOS);
    loop.runPendingTasks();
  }

  /** The next write, which the codec has now taken. */
  private Write take() {
    Write taken = writes.remove();
    taken.content().release();
    taken.promise().trySuccess();
    loop.runPendingTasks();
    return taken;
  }

  @Test
  void whatHasRoomIsHandedOverWhole() throws Exception {
    room = 65 * KB;
    send(64 * KB, false);
    assertEquals(64 * KB, take().bytes());
    assertTrue(writes.isEmpty());
    send(KB, false);
    assertEquals(KB, take().bytes());
  }

  @Test
  void whatWaitsIsHandedOverInPieces() throws Exception {
    send(64 * KB, false);
    assertEquals(4 * KB, take().bytes());
    assertEquals(4 * KB, take().bytes());
    room = 9 * KB;
    assertEquals(4 * KB, take().bytes(), "it was handed over before there was room");
    assertEquals(9 * KB, take().bytes());
    assertEquals(4 * KB, take().bytes());
  }

  @Test
  void aFinThatComesAfterTheLastBytesWereHandedOverGoesAlone() throws Exception {
    send(KB, false);
    send(0, true);
    Write only = take();
    assertEquals(KB, only.bytes());
    assertFalse(only.isFin());
    Write fin = take();
    assertEquals(0, fin.bytes());
    assertTrue(fin.isFin());
  }

  @Test
  void aWriterThatHasWaitedGoesOnWhenThereIsAnyRoom() throws Exception {
    byte[] full = new byte[256 * KB];
    output.send(full, 0, full.length, false, TIMEOUT_NANOS);
    CompletableFuture<Void> written =
        CompletableFuture.runAsync(
            () -> {
              try {
                output.send(full, 0, 1, false, TIMEOUT_NANOS);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertThrows(TimeoutException.class, () -> written.get(50, TimeUnit.MILLISECONDS));
    loop.runPendingTasks();
    take();
    written.get(10, TimeUnit.SECONDS);
  }

  @Test
  void lastBytesOfWhatWaitsAreJoinedByTheFin() throws Exception {
    send(3 * KB, false);
    send(0, true);
    Write first = take();
    assertEquals(2 * KB, first.bytes());
    assertFalse(first.isFin());
    assertFalse(isFinSent);
    Write last = take();
    assertEquals(KB, last.bytes());
    assertTrue(last.isFin());
    assertTrue(isFinSent);
    assertTrue(writes.isEmpty());
  }

  @Test
  void whatEndsWithItsFinNeedNotBeKept() throws Exception {
    send(3 * KB, true);
    Write only = take();
    assertEquals(3 * KB, only.bytes());
    assertTrue(only.isFin());
    assertTrue(writes.isEmpty());
  }
}

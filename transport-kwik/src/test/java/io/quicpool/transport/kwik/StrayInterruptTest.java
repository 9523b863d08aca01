package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.quicpool.StreamResetException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tech.kwik.core.QuicStream;

/** K9: kwik interrupts whoever reads a stream that the peer ends, a moment too late. */
@Timeout(20)
class StrayInterruptTest {
  private final Workers workers = new Workers();
  private final QuicStream kwiks = mock(QuicStream.class);
  private final KwikConnection connection = mock(KwikConnection.class);
  private final CountDownLatch aborted = new CountDownLatch(1);

  /** Bytes that were received, whose reader is interrupted as it leaves. */
  private static final class Received extends ByteArrayInputStream {
    Received() {
      super(new byte[100]);
    }

    @Override
    public synchronized int read(byte[] target, int offset, int length) {
      int count = super.read(target, offset, length);
      Thread.currentThread().interrupt();
      return count;
    }
  }

  /** A thread that interrupts another after a while, as kwik's does that was off the processor. */
  private static Thread interruptLater(Thread waiting) {
    Thread late =
        new Thread(
            () -> {
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
              waiting.interrupt();
            });
    late.start();
    return late;
  }

  @Test
  void whoReadsWhenTheConnectionEndsIsNotInterruptedAfterwards() throws Exception {
    AtomicReference<Thread> late = new AtomicReference<>();
    InputStream ending =
        new InputStream() {
          @Override
          public int read() throws IOException {
            when(connection.isOpen()).thenReturn(false);
            late.set(interruptLater(Thread.currentThread()));
            throw new IOException("Connection closed");
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            return read();
          }
        };
    when(kwiks.getInputStream()).thenReturn(ending);
    when(kwiks.getOutputStream()).thenReturn(OutputStream.nullOutputStream());
    when(connection.isOpen()).thenReturn(true);
    when(connection.failure(any(), any())).thenReturn(new IOException("lost"));
    KwikStream stream =
        new KwikStream(
            kwiks,
            Optional.empty(),
            connection,
            Duration.ofSeconds(10),
            new WakeUpGuard(),
            workers);

    assertEquals("lost", assertThrows(IOException.class, () -> stream.input().read()).getMessage());

    late.get().join();
    assertFalse(Thread.interrupted(), "the caller's thread is left alone");
  }

  @AfterEach
  void close() {
    workers.close();
  }

  @Test
  void whoAbortsAStreamThatThePeerEndsAtThatMomentIsNotInterrupted() throws Exception {
    Received received = new Received();
    when(kwiks.getInputStream()).thenReturn(received);
    when(kwiks.getOutputStream()).thenReturn(OutputStream.nullOutputStream());
    when(connection.isOpen()).thenReturn(true);
    doAnswer(
            call -> {
              aborted.countDown();
              return null;
            })
        .when(kwiks)
        .abortReading(anyLong());
    try (KwikStream stream =
        new KwikStream(
            kwiks,
            Optional.empty(),
            connection,
            Duration.ofSeconds(10),
            new WakeUpGuard(),
            workers)) {
      stream.stopSending(7);
      assertTrue(aborted.await(10, TimeUnit.SECONDS), "the peer is told");
      verify(kwiks).abortReading(7);
      assertFalse(Thread.interrupted(), "the caller's thread is left alone");
      assertTrue(received.available() == 0, "and what was received gave its credit back");
      assertThrows(StreamResetException.class, () -> stream.input().read());
    }
  }
}

package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.quicpool.StreamResetException;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

package io.quicpool.transport.kwik;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** K1 and K13, against a model of kwik's send buffer that forgets its data on command. */
@Timeout(20)
class StreamSenderTest {
  private static final long SECONDS_10 = TimeUnit.SECONDS.toNanos(10);

  private final Workers workers = new Workers();
  private final Buffer buffer = new Buffer();
  private final WakeUpGuard guard = new WakeUpGuard();
  private final StreamSender sender = new StreamSender(4, buffer, guard, workers);

  @AfterEach
  void close() {
    workers.close();
  }

  @Test
  void everyByteAndTheFinLeaveThoughEveryWakeUpIsLost() throws IOException {
    buffer.forgetful = true;
    byte[] data = random(200_000);
    sender.send(data, 0, 100_000, false, SECONDS_10);
    sender.send(data, 100_000, 100_000, true, SECONDS_10);
    buffer.fetch();
    assertArrayEquals(data, buffer.fetched.toByteArray());
    assertTrue(buffer.fin);
  }

  @Test
  void nothingEmptyIsLeftBehindTheLastByte() throws IOException {
    buffer.forgetful = true;
    sender.send(random(5_000), 0, 5_000, false, SECONDS_10);
    List<Integer> left = buffer.elements();
    assertEquals(List.of(1), left.subList(left.size() - 1, left.size()));
  }

  @Test
  void aByteAloneNeverWaits() throws IOException {
    sender.send(new byte[] {7}, 0, 1, true, 1);
    assertTrue(buffer.fin);
  }

  @Test
  void aShortMessageIsWrittenWithItsFinAtOnce() throws IOException {
    buffer.forgetful = true;
    sender.send(random(64), 0, 64, true, 1);
    assertEquals(List.of(64), buffer.elements());
    assertTrue(buffer.closed);
  }

  @Test
  void itIsNotWhileAnotherStreamIsWrittenTo() {
    buffer.stuck = true;
    guard.beginBurst();
    assertThrows(
        StreamTimeoutException.class,
        () -> sender.send(random(64), 0, 64, true, TimeUnit.MILLISECONDS.toNanos(60)));
    assertFalse(buffer.closed);
  }

  @Test
  void itIsNotBehindBytesThatMayStillBeThere() throws IOException {
    buffer.stuck = true;
    sender.sendMore(random(64), 0, 64, 1);
    assertThrows(
        StreamTimeoutException.class,
        () -> sender.send(random(64), 0, 64, true, TimeUnit.MILLISECONDS.toNanos(60)));
    assertFalse(buffer.closed);
  }

  @Test
  void itIsNotWhileAnotherStreamHasBytesThatAreToBeFollowed() throws IOException {
    StreamSender other = new StreamSender(8, new Buffer(), guard, workers);
    other.sendMore(random(64), 0, 64, 1);
    buffer.stuck = true;
    assertThrows(
        StreamTimeoutException.class,
        () -> sender.send(random(64), 0, 64, true, TimeUnit.MILLISECONDS.toNanos(60)));

    other.reset(() -> {});

    assertTrue(guard.beginBurst(), "a reset ends that");
  }

  @Test
  void bytesThatOthersFollowAreNotWaitedForWhileThereIsRoom() throws IOException {
    buffer.stuck = true;
    sender.sendMore(random(50_000), 0, 50_000, 1);
    assertEquals(50_000, buffer.elements().stream().mapToInt(length -> length).sum());
    assertThrows(
        StreamTimeoutException.class,
        () -> sender.sendMore(random(5_000), 0, 5_000, TimeUnit.MILLISECONDS.toNanos(60)));
  }

  @Test
  void theyLeaveSoonThoughThoseDoNotComeAndTheWakeUpIsLost() throws Exception {
    buffer.forgetful = true;
    buffer.deaf = 4; // kicks can be lost as well
    byte[] data = random(20_000);
    sender.sendMore(data, 0, 20_000, SECONDS_10);
    buffer.awaitFetched(20_000);
    sender.send(data, 0, 1, true, SECONDS_10); // behind what is left of kicks
    buffer.fetch();
    assertTrue(buffer.fin);
  }

  @Test
  void theyLeaveWithThoseThoughEveryWakeUpIsLost() throws IOException {
    buffer.forgetful = true;
    byte[] data = random(200_000);
    sender.sendMore(data, 0, 100_000, SECONDS_10);
    sender.sendMore(data, 100_000, 99_000, SECONDS_10);
    sender.send(data, 199_000, 1_000, true, SECONDS_10);
    buffer.fetch();
    assertArrayEquals(data, buffer.fetched.toByteArray());
    assertTrue(buffer.fin);
  }

  @Test
  void whatDoesNotLeaveInTimeIsATimeout() {
    buffer.stuck = true;
    assertThrows(
        StreamTimeoutException.class,
        () -> sender.send(random(2_000), 0, 2_000, false, TimeUnit.MILLISECONDS.toNanos(60)));
    assertFalse(Thread.interrupted(), "the interrupt that woke the writer is not the caller's");
  }

  @Test
  void slowProgressIsProgress() throws IOException {
    buffer.stuck = true;
    buffer.trickle = 6 * 1024;
    sender.send(random(50_000), 0, 50_000, false, TimeUnit.MILLISECONDS.toNanos(300));
  }

  @Test
  void anInterruptEndsTheWaitAndIsKept() {
    buffer.stuck = true;
    Thread writer = Thread.currentThread();
    workers.after(TimeUnit.MILLISECONDS.toNanos(50), writer::interrupt);
    assertThrows(
        InterruptedIOException.class,
        () -> sender.send(random(2_000), 0, 2_000, false, SECONDS_10));
    assertTrue(Thread.interrupted());
  }

  @Test
  void aWriterThatTheEndOfTheStreamDidNotWakeIsWoken() {
    buffer.stuck = true;
    workers.after(TimeUnit.MILLISECONDS.toNanos(50), () -> buffer.over = true);
    IOException e =
        assertThrows(
            IOException.class, () -> sender.send(random(2_000), 0, 2_000, false, SECONDS_10));
    assertEquals("over", e.getMessage());
    assertFalse(Thread.interrupted());
  }

  @Test
  void aResetWaitsUntilWhatWasWrittenHasLeft() throws IOException {
    buffer.forgetful = true;
    sender.send(new byte[] {7}, 0, 1, false, SECONDS_10);
    AtomicInteger left = new AtomicInteger(-1);
    sender.reset(() -> left.set(buffer.elements().stream().mapToInt(length -> length).sum()));
    assertEquals(0, left.get());
    assertArrayEquals(new byte[] {7}, buffer.fetched.toByteArray());
  }

  @Test
  void aResetWaitsOnAnInterruptedThreadToo() throws IOException {
    buffer.forgetful = true;
    sender.send(new byte[] {7}, 0, 1, false, SECONDS_10);
    AtomicInteger left = new AtomicInteger(-1);
    Thread.currentThread().interrupt();
    sender.reset(() -> left.set(buffer.elements().stream().mapToInt(length -> length).sum()));
    assertTrue(Thread.interrupted(), "the flag is kept");
    assertEquals(0, left.get());
  }

  @Test
  void aResetComesAllTheSameWhereNothingLeaves() throws IOException {
    buffer.stuck = true;
    sender.send(new byte[] {7}, 0, 1, false, SECONDS_10);
    AtomicBoolean reset = new AtomicBoolean();
    sender.reset(() -> reset.set(true));
    assertTrue(reset.get());
    assertFalse(Thread.interrupted());
  }

  @Test
  void anothersResetEndsAWriterThatWaits() {
    buffer.stuck = true;
    workers.blocking().execute(() -> resetWhenSomebodyWaits());
    assertThrows(
        StreamResetException.class,
        () -> sender.send(random(200_000), 0, 200_000, false, SECONDS_10));
    assertFalse(Thread.interrupted());
  }

  private void resetWhenSomebodyWaits() {
    while (buffer.elements().isEmpty()) {
      Thread.onSpinWait();
    }
    sender.reset(() -> {});
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }

  /** Behaves as kwik's send buffer does, as far as {@link StreamSender} relies on it. */
  private static final class Buffer extends OutputStream {
    private static final int CAPACITY = 50 * 1024;

    private final List<byte[]> queue = new ArrayList<>();
    private final ByteArrayOutputStream fetched = new ByteArrayOutputStream();
    private int buffered;
    private boolean fin;
    private boolean closed;
    private boolean forgetful; // takes data only when asked by an empty write
    private volatile boolean stuck; // takes none at all
    private volatile int trickle; // but so much with each empty write
    private volatile boolean over;
    private int deaf; // to so many of them

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] source, int offset, int length) throws IOException {
      flush();
      while (CAPACITY - buffered < length) {
        try {
          wait();
        } catch (InterruptedException e) {
          throw new InterruptedIOException();
        }
      }
      byte[] copy = new byte[length];
      System.arraycopy(source, offset, copy, 0, Math.min(source.length - offset, length));
      queue.add(copy);
      buffered += length;
      if (length == 0 && stuck) {
        buffered = Math.max(0, buffered - trickle);
        notifyAll();
      } else if (!stuck && (!forgetful || length == 0 && deaf-- <= 0)) {
        fetch();
      }
    }

    synchronized void fetch() {
      int bytes = buffered;
      while (bytes > 0) {
        byte[] element = queue.remove(0);
        fetched.writeBytes(element);
        bytes -= element.length;
      }
      buffered = 0;
      fin = closed && queue.isEmpty(); // K13: an empty element is never taken without bytes
      notifyAll();
    }

    synchronized void awaitFetched(int bytes) throws InterruptedException {
      while (fetched.size() < bytes) {
        wait();
      }
    }

    synchronized List<Integer> elements() {
      return queue.stream().map(element -> element.length).toList();
    }

    @Override
    public void flush() throws IOException {
      if (over) {
        throw new IOException("over");
      }
    }

    @Override
    public synchronized void close() {
      closed = true;
      if (!forgetful) {
        fetch();
      }
    }
  }
}

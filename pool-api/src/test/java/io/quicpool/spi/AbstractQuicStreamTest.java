package io.quicpool.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class AbstractQuicStreamTest {
  private static final int CHUNK = 4;
  private static final ConnectionLostException LOST =
      new ConnectionLostException("stream 7", new CloseReason(CloseReason.Kind.LOST, 0, "gone"));

  private final ScriptedStream stream = new ScriptedStream(CHUNK);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    Thread.interrupted();
    threads.shutdownNow();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void write(String text) throws IOException {
    stream.output().write(bytes(text));
  }

  private String read() throws IOException {
    byte[] target = new byte[100];
    int count = stream.input().read(target);
    return count < 0 ? "END" : new String(target, 0, count, StandardCharsets.ISO_8859_1);
  }

  private void assertLog(String... expected) {
    assertEquals(List.of(expected), List.copyOf(stream.log));
  }

  private boolean hasEnded() {
    return stream.ended().toCompletableFuture().isDone();
  }

  private static <T> T get(Future<T> future) throws Exception {
    try {
      return future.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private <T> Future<T> elsewhere(Callable<T> task) {
    return threads.submit(task);
  }

  /** Starts a read in another thread and returns once the transport was asked for bytes. */
  private Future<String> blockedReader() throws InterruptedException {
    Future<String> reader = elsewhere(this::read);
    assertTrue(stream.receiving.tryAcquire(30, TimeUnit.SECONDS));
    return reader;
  }

  /** Lets sends block until the stream is reset, as a stack whose buffers are full does. */
  private Semaphore blockSends() {
    Semaphore sending = new Semaphore(0);
    stream.onSend =
        (text, fin) -> {
          sending.release();
          try {
            stream.resetSent.acquire();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting to send");
          }
          throw new StreamResetException("reset by this side");
        };
    return sending;
  }

  private void refuseSends(IOException refusal) {
    stream.onSend =
        (text, fin) -> {
          throw refusal;
        };
  }

  @Nested
  class HoldingBack {

    @Test
    void nothingLeavesBeforeAFlush() throws IOException {
      write("ab");
      write("cd");
      assertLog();

      stream.output().flush();
      assertLog("abcd");
      stream.output().flush();
      assertLog("abcd");
    }

    @Test
    void theLastChunkLeavesTogetherWithTheFin() throws IOException {
      write("a");
      write("bc");
      stream.output().close();

      assertLog("abc+FIN");
    }

    @Test
    void aFlushBeforeTheEndLeavesAnEmptyFin() throws IOException {
      write("abc");
      stream.output().flush();
      stream.output().close();

      assertLog("abc", "+FIN");
    }

    @Test
    void anEmptyOutputEndsWithAnEmptyFin() throws IOException {
      stream.output().close();

      assertLog("+FIN");
    }

    @Test
    void aFullChunkLeavesWhenMoreIsWrittenAndNotBefore() throws IOException {
      write("abcd");
      assertLog();

      write("e");
      assertLog("abcd");
      stream.output().close();
      assertLog("abcd", "e+FIN");
    }

    @Test
    void whatIsLargerGoesOutDirectlyButForItsLastChunk() throws IOException {
      write("xy");
      write("0123456789");
      assertLog("xy", "01234567");
      stream.output().close();
      assertLog("xy", "01234567", "89+FIN");
    }

    @Test
    void aMultipleOfTheChunkKeepsAWholeChunkForTheFin() throws IOException {
      write("01234567");
      assertLog("0123");
      stream.output().close();
      assertLog("0123", "4567+FIN");
    }

    @Test
    void theArrayIsTheCallersAgainAfterAWrite() throws IOException {
      byte[] array = bytes("abc");
      stream.output().write(array);
      array[0] = 'X';
      stream.output().flush();

      assertLog("abc");
    }

    @Test
    void offsetsLengthsAndSingleBytesAreTaken() throws IOException {
      stream.output().write(bytes("xabx"), 1, 2);
      stream.output().write('c' + 0x300);
      stream.output().write(bytes("ignored"), 3, 0);
      stream.output().close();

      assertLog("abc+FIN");
    }

    @Test
    void aTransportIsToldWhenMoreBytesAreToFollow() throws IOException {
      stream.output().write(bytes("ab"));
      stream.output().write(bytes("cdefghi"));
      assertEquals(List.of("ab", "cdef"), stream.followed);

      stream.output().flush();
      stream.output().write(bytes("j"));
      stream.output().close();

      assertEquals(List.of("ab", "cdef", "ghi", "j+FIN"), stream.log);
      assertEquals(2, stream.followed.size());
    }

    @Test
    void anyWritesAndFlushesLeaveInOrderAndAtMostAChunkIsHeldBack() throws IOException {
      Random random = new Random(9000);
      for (int round = 0; round < 2_000; round++) {
        int chunk = 1 + random.nextInt(9);
        ScriptedStream any = new ScriptedStream(chunk);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ByteArrayOutputStream left = new ByteArrayOutputStream();
        boolean[] finished = new boolean[1];
        any.onSend =
            (text, fin) -> {
              assertFalse(finished[0], "nothing leaves after the FIN");
              assertTrue(fin || !text.isEmpty(), "nothing empty leaves but a FIN");
              left.writeBytes(bytes(text));
              finished[0] = fin;
            };
        boolean flushed = true;
        for (int n = random.nextInt(8); n > 0; n--) {
          byte[] some = new byte[random.nextInt(3 * chunk + 2)];
          random.nextBytes(some);
          any.output().write(some);
          written.writeBytes(some);
          flushed &= some.length == 0;
          assertTrue(written.size() - left.size() <= chunk, "held back");
          assertTrue(flushed || written.size() > left.size(), "something is kept for the FIN");
          if (random.nextInt(4) == 0) {
            any.output().flush();
            assertEquals(written.size(), left.size());
            flushed = true;
          }
        }
        any.output().close();
        assertArrayEquals(written.toByteArray(), left.toByteArray());
        assertTrue(finished[0]);
        assertEquals(flushed, any.log.get(any.log.size() - 1).equals("+FIN"));
      }
    }

    @Test
    void aRequestLeavesBeforeTheReadOfItsReplyBlocks() throws IOException {
      stream.onSend = (text, fin) -> stream.arrives("re:" + text);
      for (int i = 0; i < 3; i++) {
        write("m" + i);
        assertEquals("re:m" + i, read());
      }

      assertLog("m0", "m1", "m2");
    }

    @Test
    void aReadThatNeedNotWaitLeavesTheOutputAlone() throws IOException {
      stream.arrives("early");
      write("abc");

      assertEquals("early", read());
      assertLog();
    }

    @Test
    void aReplyLeavesTogetherWithItsFinIfTheRequestHasEnded() throws IOException {
      stream.arrives("echo");
      stream.arrives(ScriptedStream.FIN);
      write(read());
      assertEquals("END", read());
      stream.output().close();

      assertLog("echo+FIN", "DELIVER");
    }

    @Test
    void aRequestLeavesAtOnceWhenItsReaderBlockedFirst() throws Exception {
      stream.onSend = (text, fin) -> stream.arrives("re:" + text);
      Future<String> reader = blockedReader();

      write("ab");

      assertEquals("re:ab", get(reader));
      assertLog("ab");
    }

    @Test
    void theOutputIsHeldBackAgainWhenNoReaderWaitsAnyMore() throws Exception {
      Future<String> reader = blockedReader();
      stream.arrives("unasked");
      assertEquals("unasked", get(reader));

      write("ab");

      assertLog();
    }

    @Test
    void aReaderDoesNotWaitForAWriterThatIsBlocked() throws Exception {
      Semaphore sending = blockSends();
      Future<?> writer =
          elsewhere(
              () -> {
                write("0123456789");
                return null;
              });
      sending.acquire();
      Future<String> reader = blockedReader();
      stream.arrives("reply");

      assertEquals("reply", get(reader));
      stream.reset(1);
      assertThrows(StreamResetException.class, () -> get(writer));
    }

    /**
     * In each round a reader that is about to block and a writer that does not flush meet in any
     * order, a few nanoseconds apart; a wake-up that was lost would end in a read timeout.
     */
    @Test
    void noWakeUpIsLostBetweenAReaderAndAWriter() throws Exception {
      int rounds = 10_000;
      stream.onSend = (text, fin) -> stream.arrives(text);
      AtomicInteger round = new AtomicInteger(-1);
      Future<?> writer =
          elsewhere(
              () -> {
                Random random = new Random(1);
                for (int i = 0; i < rounds; i++) {
                  for (int spins = 1; round.get() < i; spins++) {
                    if (spins % 1_000 == 0) {
                      Thread.yield(); // the reader may want this core
                    } else {
                      Thread.onSpinWait();
                    }
                  }
                  dawdle(random);
                  stream.output().write(i);
                }
                return null;
              });
      Random random = new Random(2);
      for (int i = 0; i < rounds; i++) {
        round.set(i);
        dawdle(random);
        assertEquals(i & 0xff, stream.input().read(), "round " + i);
      }
      get(writer);
      assertEquals(rounds, stream.log.size());
    }

    /** As above, with a writer that goes on without waiting for the reader. */
    @Test
    void noByteIsLostOrStuckWhenReaderAndWriterRunFreely() throws Exception {
      int count = 200_000;
      stream.onSend = (text, fin) -> stream.arrives(text);
      Semaphore unread = new Semaphore(64);
      Future<?> writer =
          elsewhere(
              () -> {
                for (int i = 0; i < count; i++) {
                  unread.acquire();
                  stream.output().write(i);
                }
                return null;
              });
      for (int i = 0; i < count; i++) {
        assertEquals(i & 0xff, stream.input().read(), "byte " + i);
        unread.release();
      }
      get(writer);
    }

    private void dawdle(Random random) {
      for (int n = random.nextInt(40); n > 0; n--) {
        Thread.onSpinWait();
      }
    }
  }

  @Nested
  class Ending {

    @Test
    void closingResetsAnOutputThatWasNotEndedAndStopsAnInputThatWasNotReadToItsEnd()
        throws IOException {
      write("cut");
      stream.close();
      stream.close();

      assertLog("RESET 0", "STOP 0");
      assertTrue(hasEnded());
    }

    @Test
    void closingLeavesAnOutputThatWasEnded() throws IOException {
      write("abc");
      stream.output().close();
      stream.close();

      assertLog("abc+FIN", "STOP 0", "DELIVER");
    }

    @Test
    void closingLeavesAnInputThatWasReadToItsEnd() throws IOException {
      stream.arrives(ScriptedStream.FIN);
      assertEquals("END", read());
      stream.close();

      assertLog("RESET 0");
    }

    @Test
    void closingDoesNothingWhenBothHaveEnded() throws IOException {
      stream.output().close();
      stream.arrives(ScriptedStream.FIN);
      assertEquals("END", read());
      stream.close();

      assertLog("+FIN");
    }

    @Test
    void anOutputIsResetAndAnInputStoppedOnceHoweverManyThreadsAskForIt() throws Exception {
      int parties = 6;
      for (int round = 0; round < 1_000; round++) {
        ScriptedStream contended = new ScriptedStream(CHUNK);
        CyclicBarrier start = new CyclicBarrier(parties);
        List<Future<?>> done = new ArrayList<>();
        for (int i = 0; i < parties; i++) {
          int party = i;
          done.add(
              elsewhere(
                  () -> {
                    start.await();
                    switch (party % 3) {
                      case 0 -> contended.close();
                      case 1 -> contended.reset(1);
                      default -> contended.stopSending(2);
                    }
                    return null;
                  }));
        }
        for (Future<?> one : done) {
          get(one);
        }
        assertEquals(2, contended.log.size(), contended.log.toString());
        assertEquals(1, contended.log.stream().filter(s -> s.startsWith("RESET")).count());
        assertEquals(1, contended.log.stream().filter(s -> s.startsWith("STOP")).count());
        assertTrue(contended.ended().toCompletableFuture().isDone());
      }
    }

    @Test
    void anOutputThatRacesItsOwnResetIsEitherEndedOrResetOrBothInThatOrder() throws Exception {
      for (int round = 0; round < 2_000; round++) {
        ScriptedStream raced = new ScriptedStream(CHUNK);
        raced.output().write('x');
        CyclicBarrier start = new CyclicBarrier(2);
        Future<?> resetter =
            elsewhere(
                () -> {
                  start.await();
                  raced.reset(3);
                  return null;
                });
        start.await();
        raced.output().close();
        get(resetter);
        String log = String.join(" ", raced.log);
        assertTrue(
            List.of("x+FIN", "RESET 3", "x+FIN RESET 3", "RESET 3 x+FIN").contains(log), log);
        raced.close();
        assertTrue(raced.log.contains("STOP 0"));
      }
    }

    @Test
    void endingTwiceEndsOnce() throws IOException {
      stream.output().close();
      stream.output().close();
      stream.output().flush();

      assertLog("+FIN");
    }

    @Test
    void closingTheInputStopsThePeer() throws IOException {
      stream.input().close();
      stream.input().close();

      assertLog("STOP 0");
      assertThrows(StreamResetException.class, AbstractQuicStreamTest.this::read);
      assertEquals(0, stream.input().available());
    }

    @Test
    void closingAnInputThatWasReadToItsEndSaysNothing() throws IOException {
      stream.arrives(ScriptedStream.FIN);
      assertEquals("END", read());
      stream.input().close();

      assertLog();
    }

    @Test
    void resetDropsWhatWasHeldBackAndRefusesMore() throws IOException {
      write("abc");
      stream.reset(42);
      stream.reset(43);
      stream.output().flush();
      stream.output().close();

      assertLog("RESET 42");
      StreamResetException refused = assertThrows(StreamResetException.class, () -> write("more"));
      assertEquals("the output of stream 7 was reset", refused.getMessage());
    }

    @Test
    void writingAfterTheEndIsRefused() throws IOException {
      stream.output().close();

      IOException refused = assertThrows(IOException.class, () -> write("more"));
      assertEquals("the output of stream 7 was closed", refused.getMessage());
      assertLog("+FIN");
    }

    @Test
    void theEndOfTheInputIsSeenAgainWithoutAskingTheTransport() throws IOException {
      stream.arrives("abc");
      stream.arrives(ScriptedStream.FIN);

      assertEquals("abc", new String(stream.input().readAllBytes(), StandardCharsets.US_ASCII));
      int asked = stream.receiving.availablePermits();
      assertEquals(-1, stream.input().read());
      assertEquals("END", read());
      assertEquals(asked, stream.receiving.availablePermits());
      assertEquals(0, stream.input().available());
    }

    @Test
    void thePeersResetEndsTheInputWithItsCodeAndNothingIsAskedOfThePeer() throws IOException {
      stream.arrives("abc");
      stream.arrives(new StreamResetException("reset by the peer", 99));

      assertEquals("abc", read());
      StreamResetException reset =
          assertThrows(StreamResetException.class, AbstractQuicStreamTest.this::read);
      assertEquals(OptionalLong.of(99), reset.code());
      stream.close();
      assertLog("RESET 0");
    }

    @Test
    void thePeersStopSendingEndsTheOutputWithItsCode() throws IOException {
      refuseSends(new StreamResetException("stopped by the peer", 98));
      write("abc");

      StreamResetException stopped =
          assertThrows(StreamResetException.class, () -> stream.output().flush());
      assertEquals(OptionalLong.of(98), stopped.code());
      assertThrows(StreamResetException.class, () -> write("more"));
      stream.output().close();
      stream.close();
      assertLog("abc", "STOP 0");
    }

    @Test
    void thePeersStopSendingIsToldToWhoeverEndsTheOutput() throws IOException {
      refuseSends(new StreamResetException("stopped by the peer", 98));
      write("abc");

      assertThrows(StreamResetException.class, () -> stream.output().close());
      assertLog("abc+FIN");
    }

    @Test
    void aReplyIsReadAlsoWhenThePeerWantsNoMoreOfTheRequest() throws IOException {
      write("abc");
      stream.onSend =
          (text, fin) -> {
            stream.arrives("enough");
            stream.arrives(ScriptedStream.FIN);
            throw new StreamResetException("stopped by the peer", 98);
          };

      assertEquals("enough", read());
      assertEquals("END", read());
      StreamResetException told =
          assertThrows(StreamResetException.class, () -> stream.output().close());
      assertEquals(OptionalLong.of(98), told.code(), "the writer learns that bytes were refused");
      stream.output().close();
      assertTrue(hasEnded());
    }

    @Test
    void theWriterLearnsOfARefusedRequestByItsNextWriteOrFlush() throws IOException {
      for (boolean flush : new boolean[] {true, false}) {
        ScriptedStream refused = new ScriptedStream(CHUNK);
        refused.output().write('x');
        refused.onSend =
            (text, fin) -> {
              refused.arrives("enough");
              throw new StreamResetException("stopped by the peer", 98);
            };
        assertEquals('e', refused.input().read());
        StreamResetException told =
            assertThrows(
                StreamResetException.class,
                () -> {
                  if (flush) {
                    refused.output().flush();
                  } else {
                    refused.output().write('y');
                  }
                });
        assertEquals(OptionalLong.of(98), told.code());
        assertThrows(StreamResetException.class, () -> refused.output().write('z'));
        refused.output().close();
      }
    }

    @Test
    void aCodeOutOfRangeIsRefusedWithTheRuleAndTheValueAndSendsNothing() {
      for (long bad : new long[] {-1, 1L << 62, Long.MIN_VALUE, Long.MAX_VALUE}) {
        String rule = "an application error code must be from 0 to 2^62 - 1, was " + bad;
        assertEquals(
            rule,
            assertThrows(IllegalArgumentException.class, () -> stream.reset(bad)).getMessage());
        assertEquals(
            rule,
            assertThrows(IllegalArgumentException.class, () -> stream.stopSending(bad))
                .getMessage());
      }
      assertLog();

      stream.reset((1L << 62) - 1);
      stream.stopSending(0);
      assertLog("RESET 4611686018427387903", "STOP 0");
    }
  }

  @Nested
  class Failing {

    @Test
    void aReadThatTimesOutResetsBothDirections() throws IOException {
      stream.timeout(Duration.ofMillis(20));
      write("ab");

      assertThrows(StreamTimeoutException.class, AbstractQuicStreamTest.this::read);

      assertLog("ab", "RESET 0", "STOP 0");
      assertTrue(hasEnded());
      assertEquals(Duration.ofMillis(20).toNanos(), stream.receiveNanos);
    }

    @Test
    void aWriteThatTimesOutResetsBothDirections() throws IOException {
      StreamTimeoutException timeout =
          new StreamTimeoutException("write", 7, Duration.ofMillis(20));
      refuseSends(timeout);
      stream.timeout(Duration.ofMillis(20));
      write("ab");

      assertSame(
          timeout, assertThrows(StreamTimeoutException.class, () -> stream.output().close()));

      assertLog("ab+FIN", "RESET 0", "STOP 0");
      assertTrue(hasEnded());
      assertEquals(Duration.ofMillis(20).toNanos(), stream.sendNanos);
      assertEquals(
          "write on stream 7 made no progress within 20 ms; stream reset", timeout.getMessage());
    }

    @Test
    void anInterruptedWriteResetsTheOutputSoThatACutMessageNeverLooksWhole() throws Exception {
      Semaphore sending = blockSends();
      boolean[] flag = new boolean[1];
      CountDownLatch started = new CountDownLatch(1);
      Thread[] writing = new Thread[1];
      Future<?> writer =
          elsewhere(
              () -> {
                writing[0] = Thread.currentThread();
                started.countDown();
                try {
                  write("0123456789");
                } finally {
                  flag[0] = Thread.interrupted();
                  stream.output().close();
                }
                return null;
              });
      started.await();
      sending.acquire();
      writing[0].interrupt();

      assertThrows(InterruptedIOException.class, () -> get(writer));
      assertTrue(flag[0], "the interrupt flag is set");
      assertLog("01234567", "RESET 0");
      stream.arrives("still read");
      assertEquals("still read", read());
    }

    @Test
    void anInterruptedReadLeavesTheStreamUsable() throws Exception {
      Thread.currentThread().interrupt();
      assertThrows(InterruptedIOException.class, AbstractQuicStreamTest.this::read);
      assertTrue(Thread.interrupted(), "the interrupt flag is set");

      stream.arrives("later");
      assertEquals("later", read());
      write("ab");
      stream.output().close();
      assertLog("ab+FIN");
    }

    @Test
    void aReaderInterruptedWhileItFlushesResetsTheOutputAndTheWriterLearnsOfIt() throws Exception {
      refuseSends(new InterruptedIOException("interrupted while waiting to send"));
      write("ab");

      assertThrows(InterruptedIOException.class, AbstractQuicStreamTest.this::read);
      assertLog("ab", "RESET 0");
      refuseSends(new StreamResetException("reset by this side"));
      assertThrows(StreamResetException.class, () -> stream.output().close());
      stream.output().close();
      stream.arrives("still read");
      assertEquals("still read", read());
    }

    @Test
    void aWriterThatIsInterruptedBeforeItsTurnHandsNothingOver() throws Exception {
      write("a");
      Thread.currentThread().interrupt();

      assertThrows(InterruptedIOException.class, () -> write("b"));
      assertThrows(InterruptedIOException.class, () -> stream.output().flush());
      assertThrows(InterruptedIOException.class, () -> stream.output().close());
      assertTrue(Thread.interrupted(), "the interrupt flag is set");
      assertLog();
      stream.output().close();
      assertLog("a+FIN");
    }

    @Test
    void resettingWakesAWriterThatIsBlocked() throws Exception {
      Semaphore sending = blockSends();
      Future<?> writer =
          elsewhere(
              () -> {
                write("0123456789");
                return null;
              });
      sending.acquire();

      stream.close();

      assertThrows(StreamResetException.class, () -> get(writer));
      assertTrue(hasEnded());
    }

    @Test
    void stoppingWakesAReaderThatIsBlocked() throws Exception {
      Future<String> reader = blockedReader();

      stream.close();

      assertThrows(StreamResetException.class, () -> get(reader));
    }

    @Test
    void afterAFailureThatNobodyForesawTheOutputIsResetAndNeverLooksWhole() throws IOException {
      for (Exception failure : List.of(new IOException("odd"), new IllegalStateException("odd"))) {
        ScriptedStream broken = new ScriptedStream(CHUNK);
        broken.onSend =
            (text, fin) -> {
              if (failure instanceof IOException io) {
                throw io;
              }
              throw (RuntimeException) failure;
            };
        broken.output().write('x');
        assertSame(failure, assertThrows(Exception.class, () -> broken.output().flush()));
        broken.onSend = (text, fin) -> {};
        broken.output().close();
        assertEquals(List.of("x", "RESET 0"), broken.log);
      }
    }

    @Test
    void aLostConnectionIsToldAsSuchByWritesAndReads() throws IOException {
      refuseSends(LOST);
      stream.arrives(LOST);
      write("a");

      assertSame(LOST, assertThrows(ConnectionLostException.class, () -> stream.output().flush()));
      assertSame(
          LOST, assertThrows(ConnectionLostException.class, AbstractQuicStreamTest.this::read));
      assertSame(LOST, assertThrows(ConnectionLostException.class, () -> stream.output().close()));
    }

    @Test
    void anOutputThatWasNotEndedWhenTheConnectionWasLostDoesNotEndInSilence() throws IOException {
      write("abc");
      stream.connectionEnds();
      refuseSends(LOST);

      assertSame(LOST, assertThrows(ConnectionLostException.class, () -> stream.output().close()));
      stream.output().close();
      stream.close();
    }

    @Test
    void anOutputThatWasLostDoesNotEndInSilenceThoughItsStackIsSilent() throws IOException {
      write("abc");
      stream.output().flush();
      stream.connectionEnds();

      assertThrows(StreamResetException.class, () -> stream.output().close());
      stream.output().close();
    }

    @Test
    void aWriteAfterTheConnectionWasLostSaysSo() throws IOException {
      stream.connectionEnds();
      refuseSends(LOST);

      assertSame(LOST, assertThrows(ConnectionLostException.class, () -> write("abc")));
      assertThrows(StreamResetException.class, () -> write("abc"));
    }
  }

  @Nested
  class Ended {

    @Test
    void oneDirectionIsNotEnough() throws IOException {
      stream.output().close();
      assertFalse(hasEnded());

      ScriptedStream read = new ScriptedStream(CHUNK);
      read.arrives(ScriptedStream.FIN);
      assertEquals(-1, read.input().read());
      assertFalse(read.ended().toCompletableFuture().isDone());

      ScriptedStream reset = new ScriptedStream(CHUNK);
      reset.reset(1);
      assertFalse(reset.ended().toCompletableFuture().isDone());

      ScriptedStream stopped = new ScriptedStream(CHUNK);
      stopped.stopSending(1);
      assertFalse(stopped.ended().toCompletableFuture().isDone());
    }

    @Test
    void aReplyReadToItsEndAfterTheRequestWasEndedEndsTheStreamAtOnce() throws IOException {
      stream.output().close();
      stream.arrives(ScriptedStream.FIN);
      assertEquals("END", read());

      assertTrue(hasEnded());
      assertLog("+FIN");
    }

    @Test
    void anOutputThatEndsLastIsGivenTheTimeToArrive() throws IOException {
      stream.arrives(ScriptedStream.FIN);
      assertEquals("END", read());
      stream.output().close();

      assertLog("+FIN", "DELIVER");
      assertFalse(hasEnded());
      stream.delivery.run();
      assertTrue(hasEnded());
    }

    @Test
    void anOutputWhoseReplyIsNotReadIsGivenTheTimeToArrive() throws IOException {
      stream.output().close();
      stream.close();

      assertLog("+FIN", "STOP 0", "DELIVER");
      assertFalse(hasEnded());
      stream.delivery.run();
      assertTrue(hasEnded());
    }

    @Test
    void anOutputThatEndedIsGivenTheTimeToArriveWhenThePeerResetsItsOwn() throws IOException {
      stream.output().close();
      stream.arrives(new StreamResetException("reset by the peer", 1));
      assertThrows(StreamResetException.class, AbstractQuicStreamTest.this::read);

      assertLog("+FIN", "DELIVER");
      assertFalse(hasEnded());
    }

    @Test
    void anOutputThatWasResetIsNotWaitedFor() {
      stream.reset(1);
      stream.stopSending(2);

      assertTrue(hasEnded());
      assertLog("RESET 1", "STOP 2");
    }

    @Test
    void theEndOfTheConnectionEndsTheStreamAndNothingIsSentAnyMore() throws IOException {
      stream.connectionEnds();
      assertTrue(hasEnded());

      stream.close();
      stream.reset(1);
      stream.stopSending(1);
      stream.connectionEnds();
      assertLog();
    }

    @Test
    void theEndOfTheConnectionEndsTheWaitForDelivery() throws IOException {
      stream.output().close();
      stream.close();
      assertFalse(hasEnded());

      stream.connectionEnds();
      assertTrue(hasEnded());
      stream.delivery.run();
    }

    @Test
    void bytesThatCameBeforeTheConnectionEndedAreStillRead() throws IOException {
      stream.arrives("abc");
      stream.arrives(LOST);
      stream.connectionEnds();

      assertEquals("abc", read());
      assertThrows(ConnectionLostException.class, AbstractQuicStreamTest.this::read);
    }

    @Test
    void aCallerCannotEndTheStreamForOthers() {
      stream.ended().toCompletableFuture().complete(null);

      assertFalse(hasEnded());
    }
  }

  @Nested
  class Arguments {

    @Test
    void aTimeoutOutOfRangeIsRefusedWithTheRuleAndTheValue() {
      for (Duration bad :
          List.of(
              Duration.ZERO,
              Duration.ofNanos(-1),
              Duration.ofHours(24).plusNanos(1),
              Duration.ofSeconds(Long.MAX_VALUE))) {
        assertEquals(
            "a stream's timeout must be positive and at most 24 hours, was " + bad,
            assertThrows(IllegalArgumentException.class, () -> stream.timeout(bad)).getMessage());
      }
      assertEquals(Duration.ofSeconds(20), stream.timeout());
      assertSame(stream, stream.timeout(Duration.ofHours(24)));
      assertEquals(Duration.ofHours(24), stream.timeout());
      stream.timeout(Duration.ofNanos(1));
    }

    @Test
    void aChunkOfNoBytesIsRefused() {
      assertEquals(
          "chunkBytes must be at least 1, was 0",
          assertThrows(IllegalArgumentException.class, () -> new ScriptedStream(0)).getMessage());
    }

    @Test
    void rangesOutsideTheArrayAreRefusedAndTouchNothing() {
      byte[] array = new byte[3];
      for (int[] range : new int[][] {{-1, 1}, {0, 4}, {3, 1}, {1, Integer.MAX_VALUE}, {0, -1}}) {
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> stream.output().write(array, range[0], range[1]));
        assertThrows(
            IndexOutOfBoundsException.class, () -> stream.input().read(array, range[0], range[1]));
      }
      assertLog();
      assertEquals(0, stream.receiving.availablePermits());
    }

    @Test
    void readingNothingNeverWaits() throws IOException {
      assertEquals(0, stream.input().read(new byte[0]));
      assertEquals(0, stream.input().read(new byte[1], 1, 0));
    }

    @Test
    void bytesAreReadUnsignedAndCountedAsAvailable() throws IOException {
      stream.arrives("\u00ff\u0000\u0080");

      assertEquals(3, stream.input().available());
      assertEquals(0xff, stream.input().read());
      assertEquals(2, stream.input().available());
      assertEquals(0, stream.input().read());
      assertEquals(0x80, stream.input().read());
      assertEquals(0, stream.input().available());
    }

    @Test
    void theStreamShowsItsId() {
      assertEquals(7, stream.id());
      assertEquals("stream 7", stream.toString());
    }
  }
}

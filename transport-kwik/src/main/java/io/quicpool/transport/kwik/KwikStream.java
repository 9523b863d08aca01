package io.quicpool.transport.kwik;

import io.quicpool.ConnectionLostException;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.AbstractQuicStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tech.kwik.core.QuicStream;

/**
 * A kwik stream behind the contract of {@link AbstractQuicStream}.
 *
 * <p><b>Reading (K9).</b> A read that waits inside kwik has no timeout, swallows interrupts, and
 * can miss the wake-up of a reset or a lost connection that comes in the instant before it waits.
 * So a read that finds nothing sets an alarm first, which aborts the input; and whoever aborts it
 * interrupts the reader until it has left (kwik then looks again, and sees why).
 */
final class KwikStream extends AbstractQuicStream {
  private static final byte[] NOTHING = new byte[0];
  private static final int HELD_BYTES = 16_000;
  private static final long WAKE_AGAIN_NANOS = 20_000_000;
  private static final long MIN_DELIVERY_NANOS = 250_000_000;

  /** How far a stream of ours is known to the peer (K16). */
  private enum Use {
    /** Nothing was sent. */
    UNUSED,
    /** Closed without having been used: kwik's stream is another's now. */
    GIVEN_BACK,
    /** Something was sent, or may have been. */
    USED
  }

  private final QuicStream stream;
  private final Optional<StreamOpener> opener; // of a stream of ours
  private final AtomicReference<Use> use;
  private final KwikConnection connection;
  private final Workers workers;
  private final InputStream in;
  private final StreamSender sender;
  private final AtomicBoolean inputAborted = new AtomicBoolean();
  private final ReentrantLock readLock = new ReentrantLock(); // held while in is read
  private final ReentrantLock wakeLock = new ReentrantLock();
  private @Nullable Thread reader; // guarded by wakeLock: inside a read that may wait
  private volatile boolean woken; // we interrupted the reader
  private volatile boolean readExpired;

  KwikStream(
      QuicStream stream,
      Optional<StreamOpener> opener,
      KwikConnection connection,
      Duration timeout,
      WakeUpGuard guard,
      Workers workers) {
    super(stream.getStreamId(), timeout, HELD_BYTES);
    this.opener = opener;
    use = new AtomicReference<>(opener.isPresent() ? Use.UNUSED : Use.USED);
    this.stream = stream;
    this.connection = connection;
    this.workers = workers;
    in = stream.getInputStream();
    sender = new StreamSender(stream.getStreamId(), stream.getOutputStream(), guard, workers);
  }

  /** The connection has ended: wakes whoever still waits. */
  void connectionOver() {
    connectionEnded();
    wakeReader();
    sender.over();
  }

  @Override
  protected int receivable() {
    return connection.isOpen() && !inputAborted.get() && use.get() != Use.GIVEN_BACK
        ? received()
        : 0;
  }

  private int received() {
    try {
      return in.available();
    } catch (IOException e) {
      return 0; // unknown; reading tells why
    }
  }

  @Override
  protected int receive(byte[] target, int offset, int length, long timeoutNanos)
      throws IOException {
    readLock.lock();
    try {
      if (use.get() == Use.GIVEN_BACK) {
        throw new StreamResetException("read on stream " + id() + ": the stream was closed");
      }
      if (inputAborted.get() && !readExpired) { // kwik may not know yet
        throw new StreamResetException("read on stream " + id() + ": reading was stopped");
      }
      return in.available() > 0
          ? take(target, offset, length)
          : await(target, offset, length, timeoutNanos);
    } catch (InterruptedIOException | StreamResetException e) {
      throw e;
    } catch (IOException e) {
      if (readExpired) {
        throw new StreamTimeoutException("read", id(), Duration.ofNanos(timeoutNanos));
      }
      throw connection.failure("read on stream " + id(), e);
    } catch (NoSuchElementException e) { // a reset threw away what the read was about to take (K24)
      throw connection.failure("read on stream " + id(), new IOException(e));
    } finally {
      readLock.unlock();
    }
  }

  private int take(byte[] target, int offset, int length) throws IOException {
    boolean interrupted = Thread.currentThread().isInterrupted();
    int count = in.read(target, offset, length);
    if (!connection.isOpen()) { // kwik may have taken this for a read that waits
      StrayInterrupts.await(this, false);
    } else if (!interrupted && Thread.currentThread().isInterrupted() && hasEnded()) {
      Thread.interrupted(); // so it did, for a reset that came meanwhile
    }
    return count;
  }

  /** Whether a read throws: kwik looks at that before it looks at the arguments. */
  private boolean hasEnded() {
    try {
      in.read(NOTHING, 1, 1);
    } catch (IndexOutOfBoundsException expected) {
      return false;
    } catch (IOException over) {
      KwikLog.LOGGER.log(Level.TRACE, "a stream was reset during a read", over);
      return true;
    }
    return false;
  }

  private int await(byte[] target, int offset, int length, long timeoutNanos) throws IOException {
    if (Thread.currentThread().isInterrupted()) { // the last look: kwik would swallow it (K9)
      throw new InterruptedIOException("interrupted before a read on stream " + id());
    }
    Runnable cancelAlarm = workers.after(timeoutNanos, this::readExpired);
    enter();
    boolean failed = true;
    try {
      int count = in.read(target, offset, length);
      failed = false;
      return count;
    } finally {
      leave(failed);
      cancelAlarm.run();
    }
  }

  private void enter() {
    wakeLock.lock();
    try {
      reader = Thread.currentThread();
    } finally {
      wakeLock.unlock();
    }
  }

  private void leave(boolean failed) {
    wakeLock.lock();
    try {
      reader = null;
    } finally {
      wakeLock.unlock();
    }
    if (woken) {
      woken = false;
      Thread.interrupted(); // ours: kwik's may be still to come
    }
    if (failed || !connection.isOpen()) {
      StrayInterrupts.await(this, connection.isOpen());
    }
  }

  private void readExpired() {
    readExpired = true;
    abortInput(CANCELLED);
  }

  private void abortInput(long code) {
    // Once: kwik counts each abort as the end of a stream and grants the peer a further one.
    if (!inputAborted.compareAndSet(false, true)) {
      return;
    }
    Runnable abort =
        () -> {
          stream.abortReading(code);
          wakeReader();
        };
    if (received() > 0) {
      // On a thread of ours: kwik interrupts who reads when the peer answers by ending the stream,
      // as it commonly does at this very moment, and may do so when the reader has left (K9).
      try {
        workers
            .blocking()
            .execute(
                () -> {
                  discardReceived();
                  abort.run();
                  StrayInterrupts.awaitOnWorker(this); // or the next task gets it
                });
        return;
      } catch (RejectedExecutionException closed) {
        KwikLog.LOGGER.log(Level.TRACE, "the endpoint is closed, and its credit of no use", closed);
      }
    }
    abort.run();
  }

  /**
   * Kwik never gives the credit of bytes back that were received but not read when the input is
   * aborted, so that the connection's window would shrink for good (K11).
   */
  private void discardReceived() {
    if (!readLock.tryLock()) { // a reader is at it
      return;
    }
    // A reset at this moment takes the bytes away, and the read may miss its wake-up (K9).
    Runnable cancelAlarm = workers.after(WAKE_AGAIN_NANOS, this::wakeReader);
    enter();
    try {
      byte[] scrap = new byte[8192];
      int count = 1;
      while (count > 0 && in.available() > 0) {
        count = in.read(scrap);
      }
    } catch (IOException | NoSuchElementException over) { // the latter: K24
      return; // nothing is left to read
    } finally {
      leave(false);
      cancelAlarm.run();
      readLock.unlock();
    }
  }

  private void wakeReader() {
    wakeLock.lock();
    try {
      if (reader != null) {
        woken = true;
        reader.interrupt();
        workers.after(WAKE_AGAIN_NANOS, this::wakeReader); // until it has left
      }
    } finally {
      wakeLock.unlock();
    }
  }

  @Override
  protected void send(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
      throws IOException {
    write(() -> sender.send(source, offset, length, fin, timeoutNanos));
  }

  @Override
  protected void sendMore(byte[] source, int offset, int length, long timeoutNanos)
      throws IOException {
    write(() -> sender.sendMore(source, offset, length, timeoutNanos));
  }

  private interface Writing {
    void run() throws IOException;
  }

  private void write(Writing writing) throws IOException {
    String doing = "write on stream " + id();
    boolean first = use.compareAndSet(Use.UNUSED, Use.USED);
    if (use.get() == Use.GIVEN_BACK) {
      throw new StreamResetException(doing + ": the stream was closed");
    }
    try {
      connection.checkOpen(doing);
      writing.run();
      connection.checkOpen(doing); // K18: what kwik took as the connection ended is lost silently
      if (first) {
        opener.ifPresent(o -> o.used(stream));
      }
    } catch (InterruptedIOException | StreamTimeoutException | ConnectionLostException e) {
      throw e;
    } catch (IOException e) {
      throw connection.failure(doing, e);
    }
  }

  @Override
  protected void sendReset(long code) {
    sender.reset(() -> stream.resetStream(code));
  }

  @Override
  protected void sendStopSending(long code) {
    abortInput(code);
  }

  /** Unless the peer has not heard of the stream: then it is the next caller's (K16). */
  @Override
  protected void sendResetAndStop(long code) {
    if (!giveBack()) {
      super.sendResetAndStop(code);
    }
  }

  private boolean giveBack() {
    if (opener.isEmpty() || !readLock.tryLock()) { // a reader must be woken, which aborts the input
      return false;
    }
    try {
      StreamOpener owner = opener.get();
      if (!owner.isUnknownToPeer(stream) || !use.compareAndSet(Use.UNUSED, Use.GIVEN_BACK)) {
        return false;
      }
      owner.giveBack(stream);
      return true;
    } finally {
      readLock.unlock();
    }
  }

  @Override
  protected void whenDelivered(Runnable task) {
    long fourRoundTrips = 4 * connection.rttNanos();
    workers.after(Math.max(MIN_DELIVERY_NANOS, fourRoundTrips), task);
  }
}

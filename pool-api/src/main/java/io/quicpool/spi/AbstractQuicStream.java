package io.quicpool.spi;

import io.quicpool.ConnectionLostException;
import io.quicpool.QuicStream;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The rules of {@link QuicStream} that are the same on every stack, over a few primitives that a
 * transport supplies: what is held back and when it leaves, what closing means, when a stream has
 * ended.
 *
 * <p><b>What protects what.</b> {@code outputLock} protects the held-back bytes and orders what is
 * sent; it is held while {@link #send} blocks, so nobody but a writer may wait for it. {@code
 * state} is one atomic word: whoever sets a bit does what follows from it, so each RESET_STREAM,
 * STOP_SENDING and the end itself happen once. No monitor is ever held.
 *
 * <p><b>Why a reader flushes.</b> A reader that is about to block sets {@code readerWaiting} and
 * then tries to flush; a writer stores its bytes and then looks at {@code readerWaiting}. Whichever
 * comes second sees the other, so a request never stays here while its reply is waited for. The
 * reader only tries the lock: a writer that has it looks again after it has let go. What goes wrong
 * with the output meanwhile is the writer's to know: {@code OUTPUT_LOST} keeps it for the next
 * write, flush or close, so that no output ends in silence.
 */
public abstract class AbstractQuicStream implements QuicStream {
  /** The first buffer of whoever reads all: for most messages the last, too. */
  private static final int SHORT_BYTES = 512;

  private static final Duration MAX_TIMEOUT = Duration.ofHours(24);

  private static final byte[] EMPTY = {};

  private static final int OUTPUT_FINISHED = 1;
  private static final int OUTPUT_RESET = 2;
  private static final int INPUT_FINISHED = 4;
  private static final int INPUT_STOPPED = 8;
  private static final int REPLY_ENDED = 16; // the peer's FIN was read after ours was sent
  private static final int ENDED = 32;
  private static final int OUTPUT_LOST = 64; // not by this side, and the writer does not know yet
  private static final int OUTPUT_OVER = OUTPUT_FINISHED | OUTPUT_RESET;
  private static final int INPUT_OVER = INPUT_FINISHED | INPUT_STOPPED;

  private final long id;
  private final int chunkBytes;
  private final AtomicInteger state = new AtomicInteger();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final ReentrantLock outputLock = new ReentrantLock();
  private final Input input = new Input();
  private final Output output = new Output();
  private volatile boolean readerWaiting;
  private volatile Duration timeout;
  private volatile Runnable onTimeout = () -> {};
  private volatile int heldCount; // written under outputLock
  private byte[] held = EMPTY; // guarded by outputLock
  private boolean sentByReader; // guarded by outputLock

  /**
   * A stream that is open in both directions.
   *
   * @param id the stream's id
   * @param timeout how long a read or write may make no progress, until {@link #timeout(Duration)}
   * @param chunkBytes how many bytes are held back at most; what is larger goes out directly
   */
  protected AbstractQuicStream(long id, Duration timeout, int chunkBytes) {
    if (chunkBytes < 1) {
      throw new IllegalArgumentException("chunkBytes must be at least 1, was " + chunkBytes);
    }
    this.id = id;
    this.timeout = checked(timeout);
    this.chunkBytes = chunkBytes;
  }

  // What a transport supplies.

  /**
   * Waits for bytes and takes at least one, or returns -1 if the peer's FIN came and everything
   * before it was taken. Called by one thread at a time.
   *
   * @throws StreamTimeoutException if nothing came for {@code timeoutNanos}
   * @throws StreamResetException if the peer reset the stream, or {@link #sendStopSending} was
   *     called: a waiting call must wake for it
   * @throws ConnectionLostException if the connection ended, which must wake it too
   * @throws InterruptedIOException if interrupted (flag set), where the stack can be; the stream
   *     stays usable
   */
  protected abstract int receive(byte[] target, int offset, int length, long timeoutNanos)
      throws IOException;

  /**
   * How many bytes {@link #receive} would return without waiting, or -1 if it would tell the end; 0
   * if it would wait, or if that is unknown. An end that is told here lets a reply that is still
   * held back leave together with its FIN.
   */
  protected abstract int receivable();

  /**
   * Hands bytes to the stack in order, waiting while its buffers are full. The array is the
   * caller's again when this returns. With {@code fin} these are the last bytes ({@code length} may
   * then be 0), and the FIN must not be lost whatever was sent before. Called by one thread at a
   * time.
   *
   * @throws StreamTimeoutException if the stack took nothing for {@code timeoutNanos}
   * @throws StreamResetException if the peer asked to stop sending, or {@link #sendReset} was
   *     called: a waiting call must wake for it, and later calls fail too
   * @throws ConnectionLostException if the connection ended, which must wake it too; later calls
   *     fail too, also after {@link #connectionEnded}
   * @throws InterruptedIOException if interrupted (flag set); what was handed over is unknown, so
   *     the output is reset by the caller
   */
  protected abstract void send(
      byte[] source, int offset, int length, boolean fin, long timeoutNanos) throws IOException;

  /**
   * Like {@link #send} without FIN, for bytes after which others are held back here: a further send
   * is to come, unless the stream is reset or its user does nothing more with it. A transport may
   * let them wait in the stack for that one. By default it is the same.
   */
  protected void sendMore(byte[] source, int offset, int length, long timeoutNanos)
      throws IOException {
    send(source, offset, length, false, timeoutNanos);
  }

  /**
   * Sends RESET_STREAM. Called at most once, from any thread; never throws, and waits for what was
   * written to leave for half a second at most, if at all.
   */
  protected abstract void sendReset(long code);

  /** Sends STOP_SENDING. Called at most once, from any thread; never blocks, never throws. */
  protected abstract void sendStopSending(long code);

  /**
   * Both at once, for a stream that is closed while both of its directions are open: {@link
   * #sendReset}, then {@link #sendStopSending}, unless a transport has something better to do with
   * a stream that was perhaps never used. Called at most once and instead of those two; never
   * blocks, never throws.
   */
  protected void sendResetAndStop(long code) {
    sendReset(code);
    sendStopSending(code);
  }

  /**
   * Runs a task when an output that ended with FIN has had the time to be delivered, loss of a
   * packet included. Asked only if the peer did not answer with a FIN of its own after ours, which
   * shows that it came. Neither stack tells of acknowledgements, so this is time: at least four
   * round trips and 250 ms. A transport that delivers at once runs the task at once.
   */
  protected abstract void whenDelivered(Runnable task);

  /**
   * To be called once when the connection under the stream has ended: nothing is waited for more.
   */
  protected final void connectionEnded() {
    state.updateAndGet(s -> (s & OUTPUT_OVER) == 0 ? s | OUTPUT_RESET | OUTPUT_LOST : s);
    state.updateAndGet(s -> (s & INPUT_OVER) == 0 ? s | INPUT_STOPPED : s);
    state.updateAndGet(s -> s | ENDED);
    ended.complete(null);
  }

  /**
   * Sets what is run, on the thread that waited, when a read or write makes no progress for the
   * timeout: a pool then asks the peer for a sign of life. The stream is closed after it.
   */
  public final void onTimeout(Runnable task) {
    onTimeout = task;
  }

  private void timedOut() {
    try {
      onTimeout.run();
    } finally {
      close();
    }
  }

  // What users see.

  @Override
  public final long id() {
    return id;
  }

  @Override
  public final InputStream input() {
    return input;
  }

  @Override
  public final OutputStream output() {
    return output;
  }

  @Override
  public final QuicStream timeout(Duration newTimeout) {
    timeout = checked(newTimeout);
    return this;
  }

  @Override
  public final Duration timeout() {
    return timeout;
  }

  @Override
  public final CompletionStage<Void> ended() {
    return ended.minimalCompletionStage();
  }

  @Override
  public final void reset(long code) {
    checkCode(code);
    if (enter(OUTPUT_RESET, OUTPUT_OVER)) {
      sendReset(code);
      endIfOver();
    }
  }

  @Override
  public final void stopSending(long code) {
    checkCode(code);
    if (enter(INPUT_STOPPED, INPUT_OVER)) {
      sendStopSending(code);
      endIfOver();
    }
  }

  @Override
  public final void close() {
    if (enter(OUTPUT_RESET | INPUT_STOPPED, OUTPUT_OVER | INPUT_OVER)) {
      sendResetAndStop(CANCELLED);
      endIfOver();
    } else {
      reset(CANCELLED);
      stopSending(CANCELLED);
    }
  }

  @Override
  public final String toString() {
    return "stream " + id;
  }

  /** Sets bits unless one of the excluding bits is set; true for the caller that set them. */
  private boolean enter(int bits, int excluding) {
    int seen;
    do {
      seen = state.get();
      if ((seen & excluding) != 0) {
        return false;
      }
    } while (!state.compareAndSet(seen, seen | bits));
    return true;
  }

  private boolean is(int bits) {
    return (state.get() & bits) != 0;
  }

  private void clear(int bits) {
    state.updateAndGet(s -> s & ~bits);
  }

  private void endIfOver() {
    if (is(OUTPUT_OVER) && is(INPUT_OVER) && enter(ENDED, ENDED)) {
      if (is(OUTPUT_FINISHED) && !is(REPLY_ENDED)) {
        whenDelivered(() -> ended.complete(null));
      } else {
        ended.complete(null);
      }
    }
  }

  private static Duration checked(Duration timeout) {
    if (timeout.isZero() || timeout.isNegative() || timeout.compareTo(MAX_TIMEOUT) > 0) {
      throw new IllegalArgumentException(
          "a stream's timeout must be positive and at most 24 hours, was " + timeout);
    }
    return timeout;
  }

  private static void checkCode(long code) {
    if (code < 0 || code > (1L << 62) - 1) {
      throw new IllegalArgumentException(
          "an application error code must be from 0 to 2^62 - 1, was " + code);
    }
  }

  private static InterruptedIOException interrupted(String doing) {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while waiting to " + doing);
  }

  private final class Input extends InputStream {

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, target.length);
      if (length == 0) {
        return 0;
      }
      if (is(INPUT_FINISHED)) {
        return -1;
      }
      try {
        int count =
            receivable() != 0
                ? receive(target, offset, length, timeout.toNanos())
                : await(target, offset, length);
        if (count < 0
            && enter(INPUT_FINISHED | (is(OUTPUT_FINISHED) ? REPLY_ENDED : 0), INPUT_OVER)) {
          endIfOver();
        }
        return count;
      } catch (StreamTimeoutException e) {
        timedOut();
        throw e;
      } catch (StreamResetException e) {
        if (enter(INPUT_STOPPED, INPUT_OVER)) { // the peer's reset: nothing to ask for any more
          endIfOver();
        }
        throw e;
      }
    }

    /** Most messages are short: they need not cost the buffer of a long one. */
    @Override
    public byte[] readAllBytes() throws IOException {
      byte[] first = new byte[SHORT_BYTES];
      int length = 0;
      for (int count = 0; count >= 0 && length < first.length; length += Math.max(0, count)) {
        count = read(first, length, first.length - length);
      }
      if (length < first.length) {
        return Arrays.copyOf(first, length);
      }
      byte[] rest = super.readAllBytes();
      byte[] all = Arrays.copyOf(first, Math.addExact(length, rest.length));
      System.arraycopy(rest, 0, all, length, rest.length);
      return all;
    }

    private int await(byte[] target, int offset, int length) throws IOException {
      readerWaiting = true;
      try {
        output.flushBeforeReading();
        return receive(target, offset, length, timeout.toNanos());
      } finally {
        readerWaiting = false;
      }
    }

    @Override
    public int available() {
      return is(INPUT_OVER) ? 0 : Math.max(0, receivable());
    }

    @Override
    public void close() {
      stopSending(CANCELLED);
    }
  }

  /** What comes after bytes that are sent: others at once, nothing yet, or nothing ever. */
  private enum End {
    MORE,
    FLUSH,
    FIN
  }

  private final class Output extends OutputStream {

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, source.length);
      if (length == 0) {
        return;
      }
      lock();
      try {
        tellLoss();
        checkOpen();
        hold(source, offset, length);
      } finally {
        outputLock.unlock();
      }
      if (readerWaiting) {
        flushForReader(false);
      }
    }

    /** Sends what does not fit, and keeps the last bytes, at least one, for the FIN to go with. */
    private void hold(byte[] source, int offset, int length) throws IOException {
      if (length > chunkBytes - heldCount) {
        int kept = (length - 1) % chunkBytes + 1;
        reserve(kept); // before anything leaves that bytes are to follow
        sendHeld(End.MORE);
        if (length > kept) {
          transmit(source, offset, length - kept, End.MORE);
        }
        keep(source, offset + length - kept, kept);
      } else {
        keep(source, offset, length);
      }
    }

    private void keep(byte[] source, int offset, int length) {
      int needed = heldCount + length;
      reserve(needed);
      System.arraycopy(source, offset, held, heldCount, length);
      heldCount = needed;
    }

    private void reserve(int needed) {
      if (held.length < needed) {
        byte[] larger = new byte[Math.min(chunkBytes, Math.max(needed, 2 * held.length))];
        System.arraycopy(held, 0, larger, 0, heldCount);
        held = larger;
      }
    }

    private void sendHeld(End end) throws IOException {
      int count = heldCount;
      if (count > 0 || end == End.FIN) {
        heldCount = 0;
        transmit(held, 0, count, end);
      }
    }

    private void transmit(byte[] source, int offset, int length, End end) throws IOException {
      try {
        if (end == End.MORE) {
          sendMore(source, offset, length, timeout.toNanos());
        } else {
          send(source, offset, length, end == End.FIN, timeout.toNanos());
        }
      } catch (StreamTimeoutException e) {
        timedOut();
        throw e;
      } catch (StreamResetException e) {
        if (enterReset()) { // the stack answered the peer's STOP_SENDING
          endIfOver();
        }
        throw e;
      } catch (ConnectionLostException e) {
        throw e; // the end of the connection ends the stream
      } catch (IOException | RuntimeException | Error e) {
        if (enterReset()) { // an interrupt, say; how much left is unknown: it must not look whole
          sendReset(CANCELLED);
          endIfOver();
        }
        throw e;
      }
    }

    private boolean enterReset() {
      return enter(sentByReader ? OUTPUT_RESET | OUTPUT_LOST : OUTPUT_RESET, OUTPUT_OVER);
    }

    @Override
    public void flush() throws IOException {
      lock();
      try {
        tellLoss();
        if (!is(OUTPUT_OVER)) {
          sendHeld(End.FLUSH);
        }
      } finally {
        outputLock.unlock();
      }
    }

    private void flushBeforeReading() throws IOException {
      try {
        flushForReader(true);
      } catch (StreamResetException e) {
        return; // the peer wants no more of the output, and may answer all the same
      }
    }

    private void flushForReader(boolean byReader) throws IOException {
      while (heldCount > 0 && !is(OUTPUT_OVER) && outputLock.tryLock()) {
        try {
          if (!is(OUTPUT_OVER)) {
            sentByReader = byReader;
            sendHeld(End.FLUSH);
          }
        } finally {
          sentByReader = false;
          outputLock.unlock();
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (is(OUTPUT_OVER) && !is(OUTPUT_LOST)) {
        return;
      }
      lock();
      try {
        tellLoss();
        if (!is(OUTPUT_OVER)) {
          sendHeld(End.FIN);
          if (enter(OUTPUT_FINISHED, OUTPUT_OVER)) {
            endIfOver();
          } else {
            clear(OUTPUT_LOST); // only after the FIN was handed over
          }
        }
      } finally {
        outputLock.unlock();
      }
    }

    /** Once, if the output was lost behind the writer's back: asks the stack, which tells why. */
    private void tellLoss() throws IOException {
      if (is(OUTPUT_LOST)) {
        clear(OUTPUT_LOST);
        send(EMPTY, 0, 0, true, timeout.toNanos());
        checkOpen(); // should the stack say nothing
      }
    }

    private void lock() throws IOException {
      try {
        outputLock.lockInterruptibly();
      } catch (InterruptedException e) {
        throw interrupted("write on stream " + id);
      }
    }

    private void checkOpen() throws IOException {
      if (is(OUTPUT_FINISHED)) {
        throw new IOException("the output of stream " + id + " was closed");
      }
      if (is(OUTPUT_RESET)) {
        throw new StreamResetException("the output of stream " + id + " was reset");
      }
    }
  }
}

package example.loop;

import io.quicpool.spi.AbstractQuicStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** One side's end of a stream: it reads from one pipe and writes into another. */
final class LoopStream extends AbstractQuicStream {
  private static final int CHUNK_BYTES = 1024;

  private final LoopConnection connection;
  private final LoopPipe in;
  private final LoopPipe out;
  private final Runnable announcement;
  private final AtomicBoolean announced = new AtomicBoolean();
  private final AtomicBoolean cut = new AtomicBoolean();

  /** The peer learns of a stream, by the announcement, with the first thing that is sent on it. */
  LoopStream(
      long id,
      Duration timeout,
      LoopConnection connection,
      LoopPipe in,
      LoopPipe out,
      Runnable announcement) {
    super(id, timeout, CHUNK_BYTES);
    this.connection = connection;
    this.in = in;
    this.out = out;
    this.announcement = announcement;
  }

  private void announce() {
    if (announced.compareAndSet(false, true)) {
      announcement.run();
    }
  }

  @Override
  protected int receive(byte[] target, int offset, int length, long timeoutNanos)
      throws IOException {
    return in.receive(target, offset, length, timeoutNanos, connection);
  }

  @Override
  protected int receivable() {
    return in.receivable();
  }

  @Override
  protected void send(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
      throws IOException {
    announce();
    out.send(source, offset, length, fin, timeoutNanos, connection);
  }

  @Override
  protected void sendReset(long code) {
    if (connection.isOpen()) { // else its end tells the peer, and no credit comes back
      announce();
      out.reset(code);
    }
  }

  @Override
  protected void sendStopSending(long code) {
    if (connection.isOpen()) {
      announce();
      in.stop(code);
    }
  }

  @Override
  protected void whenDelivered(Runnable task) {
    task.run(); // what was sent is there
  }

  /** The connection ended. */
  void cut() {
    if (cut.compareAndSet(false, true)) {
      in.wake();
      out.wake();
      connectionEnded();
    }
  }
}

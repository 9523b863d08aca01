package io.quicpool.testkit;

import io.quicpool.spi.AbstractQuicStream;
import java.io.IOException;
import java.time.Duration;

/**
 * One side's end of a stream in memory: what it reads comes out of one pipe, what it writes goes
 * into another.
 */
final class MemoryStream extends AbstractQuicStream {
  private static final int CHUNK_BYTES = 1024;

  private final InMemoryConnection connection;
  private final MemoryLink link;
  private final MemoryPipe in;
  private final MemoryPipe out;

  MemoryStream(
      long id,
      Duration timeout,
      InMemoryConnection connection,
      MemoryLink link,
      MemoryPipe in,
      MemoryPipe out) {
    super(id, timeout, CHUNK_BYTES);
    this.connection = connection;
    this.link = link;
    this.in = in;
    this.out = out;
  }

  @Override
  protected int receive(byte[] target, int offset, int length, long timeoutNanos)
      throws IOException {
    return in.receive(target, offset, length, timeoutNanos, connection::reason);
  }

  @Override
  protected int receivable() {
    link.enter();
    try {
      return in.receivable();
    } finally {
      link.leave();
    }
  }

  @Override
  protected void send(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
      throws IOException {
    out.send(source, offset, length, fin, timeoutNanos, connection);
  }

  @Override
  protected void sendReset(long code) {
    link.run(() -> out.sendReset(code));
  }

  @Override
  protected void sendStopSending(long code) {
    link.run(() -> in.sendStopSending(code));
  }

  @Override
  protected void whenDelivered(Runnable task) {
    task.run();
  }

  /** To be called with the link's lock, once: its connection has ended. */
  void cut(boolean byUs) {
    if (byUs) {
      in.discard();
    }
    in.wake();
    out.wake();
    link.after(this::connectionEnded);
  }
}

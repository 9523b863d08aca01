package io.quicpool.spi;

import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A stream whose peer is a script, and which notes all that its transport was asked to do. */
final class ScriptedStream extends AbstractQuicStream {
  static final Object FIN = "FIN";

  /** What a transport does with bytes. */
  interface OnSend {
    void send(String text, boolean fin) throws IOException;
  }

  /** In order: {@code abc}, {@code abc+FIN}, {@code RESET 0}, {@code STOP 0}, {@code DELIVER}. */
  final List<String> log = Collections.synchronizedList(new ArrayList<>());

  /** Of what was sent, what others were certain to follow. */
  final List<String> followed = Collections.synchronizedList(new ArrayList<>());

  /** A permit for each call of {@link #receive}. */
  final Semaphore receiving = new Semaphore(0);

  /** A permit for each reset sent, to wake a scripted send with. */
  final Semaphore resetSent = new Semaphore(0);

  volatile OnSend onSend = (text, fin) -> {};
  volatile Runnable delivery = () -> {};
  volatile long receiveNanos;
  volatile long sendNanos;
  private final BlockingDeque<Object> incoming = new LinkedBlockingDeque<>();

  ScriptedStream(int chunkBytes) {
    super(7, Duration.ofSeconds(20), chunkBytes);
  }

  /** Lets the peer's bytes, its {@link #FIN} or an exception arrive. */
  void arrives(Object event) {
    incoming.add(event instanceof String text && text != FIN ? text.getBytes(LATIN) : event);
  }

  private static final java.nio.charset.Charset LATIN = StandardCharsets.ISO_8859_1;

  void connectionEnds() {
    connectionEnded();
  }

  @Override
  protected int receive(byte[] target, int offset, int length, long timeoutNanos)
      throws IOException {
    receiveNanos = timeoutNanos;
    receiving.release();
    Object event;
    try {
      event = incoming.poll(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting to read");
    }
    if (event == null) {
      throw new StreamTimeoutException("read", id(), Duration.ofNanos(timeoutNanos));
    }
    if (event instanceof IOException failure) {
      incoming.addFirst(failure);
      throw failure;
    }
    if (event == FIN) {
      incoming.addFirst(FIN);
      return -1;
    }
    byte[] bytes = (byte[]) event;
    int count = Math.min(length, bytes.length);
    System.arraycopy(bytes, 0, target, offset, count);
    if (count < bytes.length) {
      incoming.addFirst(java.util.Arrays.copyOfRange(bytes, count, bytes.length));
    }
    return count;
  }

  @Override
  protected int receivable() {
    Object next = incoming.peek();
    return next == FIN ? -1 : next instanceof byte[] bytes ? bytes.length : 0;
  }

  @Override
  protected void send(byte[] source, int offset, int length, boolean fin, long timeoutNanos)
      throws IOException {
    sendNanos = timeoutNanos;
    String text = new String(source, offset, length, LATIN);
    log.add(fin ? text + "+FIN" : text);
    onSend.send(text, fin);
  }

  @Override
  protected void sendMore(byte[] source, int offset, int length, long timeoutNanos)
      throws IOException {
    followed.add(new String(source, offset, length, LATIN));
    super.sendMore(source, offset, length, timeoutNanos);
  }

  @Override
  protected void sendReset(long code) {
    log.add("RESET " + code);
    resetSent.release();
  }

  @Override
  protected void sendStopSending(long code) {
    log.add("STOP " + code);
    incoming.addFirst(new StreamResetException("stopped by this side"));
  }

  @Override
  protected void whenDelivered(Runnable task) {
    log.add("DELIVER");
    delivery = task;
  }
}

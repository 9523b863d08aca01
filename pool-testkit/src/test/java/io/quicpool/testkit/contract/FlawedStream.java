package io.quicpool.testkit.contract;

import io.quicpool.ConnectionLostException;
import io.quicpool.QuicStream;
import io.quicpool.testkit.contract.FlawedTransport.Flaw;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;

/** A stream with one flaw. */
final class FlawedStream implements QuicStream {
  private final QuicStream inner;
  private final Flaw flaw;
  private final Input input = new Input();
  private final Output output = new Output();
  private long sent;
  private boolean outputEnded;

  FlawedStream(QuicStream inner, Flaw flaw) {
    this.inner = inner;
    this.flaw = flaw;
  }

  @Override
  public long id() {
    return inner.id();
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public void reset(long code) {
    inner.reset(code);
  }

  @Override
  public void stopSending(long code) {
    if (flaw != Flaw.IGNORES_STOP) {
      inner.stopSending(code);
    }
  }

  @Override
  public QuicStream timeout(Duration timeout) {
    inner.timeout(flaw == Flaw.IGNORES_TIMEOUTS ? Duration.ofHours(1) : timeout);
    return this;
  }

  @Override
  public Duration timeout() {
    return inner.timeout();
  }

  @Override
  public CompletionStage<Void> ended() {
    return flaw == Flaw.ENDS_TOO_EARLY && outputEnded
        ? CompletableFuture.completedFuture(null)
        : inner.ended();
  }

  @Override
  public void close() {
    if (flaw == Flaw.MAKES_CUT_STREAMS_LOOK_WHOLE) {
      try {
        inner.output().close();
      } catch (IOException e) {
        // it was cut already
      }
    }
    inner.close();
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      try {
        return inner.input().read(target, offset, length);
      } catch (ConnectionLostException e) {
        if (flaw == Flaw.LEAVES_READERS_ASLEEP) {
          sleep();
        }
        throw e;
      } catch (InterruptedIOException e) {
        if (flaw == Flaw.SWALLOWS_INTERRUPTS) {
          Thread.interrupted();
          return read(target, offset, length);
        }
        throw e;
      }
    }

    private void sleep() {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public int available() throws IOException {
      return inner.input().available();
    }

    @Override
    public void close() throws IOException {
      inner.input().close();
    }
  }

  private final class Output extends OutputStream {
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      byte[] bytes = java.util.Arrays.copyOfRange(source, offset, offset + length);
      sent += length;
      switch (flaw) {
        case CHANGES_A_BYTE -> {
          if (sent > 1_000_000 && sent - length <= 1_000_000) {
            bytes[0] ^= 1;
          }
        }
        case CHANGES_A_BYTE_OF_LARGE_ECHOES -> {
          if (sent > 5_000_000 && sent - length <= 5_000_000) {
            bytes[0] ^= 1;
          }
        }
        case CUTS_LARGE_STREAMS -> {
          if (sent > 100_000) {
            return;
          }
        }
        case HOLDS_BACK_FOR_EVER, DROPS_WHAT_ENDED_ON_CLOSE -> {
          held.writeBytes(bytes);
          return;
        }
        default -> {}
      }
      inner.output().write(bytes, 0, length);
    }

    @Override
    public void flush() throws IOException {
      inner.output().write(held.toByteArray());
      held.reset();
      inner.output().flush();
    }

    @Override
    public void close() throws IOException {
      outputEnded = true;
      if (flaw == Flaw.LOSES_THE_END || flaw == Flaw.LOSES_SOME_ENDS && id() == 4 * 777) {
        inner.output().flush();
      } else if (flaw == Flaw.DROPS_WHAT_ENDED_ON_CLOSE) {
        inner.output().close();
      } else {
        flush();
        inner.output().close();
      }
    }
  }
}

package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.quicpool.QuicStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A message and its echo. */
class ExchangeTest {

  /** Written by the caller, or, if it is large, by another thread while the caller reads. */
  @ParameterizedTest
  @ValueSource(ints = {1, 10_000_000})
  void aWriteThatFailsFailsTheExchangeAsItself(int size) {
    IOException lost = new IOException("the connection has ended");
    QuicStream stream = mock(QuicStream.class);
    when(stream.input()).thenReturn(InputStream.nullInputStream());
    when(stream.output())
        .thenReturn(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw lost;
              }
            });
    assertSame(lost, assertThrows(IOException.class, () -> Exchange.echo(stream, new byte[size])));
  }
}

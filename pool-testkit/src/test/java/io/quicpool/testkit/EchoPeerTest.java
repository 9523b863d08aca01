package io.quicpool.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.QuicStream;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EchoPeerTest {

  @Test
  void sendsBackWhatItGetsWhileItReads() throws Exception {
    InMemoryTransport transport = new InMemoryTransport();
    TestCertificates certificates = TestCertificates.create();
    try (EchoPeer echo = EchoPeer.open(transport, certificates.localhost(), "echo/1");
        QuicEndpoint endpoint =
            transport.open(EndpointConfig.builder("echo/1", certificates.material()).build())) {
      QuicConnection connection =
          endpoint
              .connect(
                  new DialRequest(
                      echo.address(),
                      "localhost",
                      PeerVerifier.ofHost("localhost", certificates.trustManager()),
                      Duration.ofSeconds(5)))
              .get();
      byte[] sent = new byte[3_000_000]; // more than the windows of both ways hold
      new Random(1).nextBytes(sent);
      try (QuicStream stream = connection.openStream().get()) {
        CompletableFuture<Void> writing =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    stream.output().write(sent);
                    stream.output().close();
                  } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
        assertArrayEquals(sent, stream.input().readAllBytes());
        writing.get();
      }
      assertEquals(1, echo.connections());
      assertEquals(1, echo.streams());
      assertEquals(sent.length, echo.bytes());
      assertEquals("127.0.0.1:" + echo.address().getPort(), echo.peer().toString());
    }
    assertEquals(0, transport.network().open());
  }
}

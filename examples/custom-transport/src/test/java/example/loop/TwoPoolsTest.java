package example.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.testkit.TestCertificates;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Two pools that find the transport by its name, and speak over it. */
class TwoPoolsTest {
  @Test
  void aMessageGoesThereAndBack() throws Exception {
    TestCertificates ca = TestCertificates.create();
    try (QuicPool server =
            QuicPool.builder()
                .alpn("echo/1")
                .transport("loop")
                .tls(ca.trusting(ca.localhost()))
                .listen("127.0.0.1:0")
                .onStream(
                    (stream, from) -> {
                      try (stream) {
                        stream.output().write(stream.input().readAllBytes());
                        stream.output().close();
                      }
                    })
                .open();
        QuicPool client =
            QuicPool.builder().alpn("echo/1").transport("loop").tls(ca.trusting()).open()) {
      int port = server.listenAddress().orElseThrow().getPort();
      for (String text : new String[] {"first", "second"}) {
        try (QuicStream stream = client.openStream(Peer.of("localhost:" + port))) {
          stream.output().write(text.getBytes(StandardCharsets.UTF_8));
          stream.output().close();
          byte[] back = stream.input().readAllBytes();
          assertEquals(text, new String(back, StandardCharsets.UTF_8));
        }
      }
      assertEquals(1, client.stats().dials());
    }
  }
}

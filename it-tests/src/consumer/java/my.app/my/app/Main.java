package my.app;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** An echo peer and a pool that dials it, in one process. */
public final class Main {
  private Main() {}

  /** With the authority's certificate, the peer's own, and its key. */
  public static void main(String[] args) throws IOException {
    Path authority = Path.of(args[0]);
    try (QuicPool echo =
            QuicPool.builder()
                .alpn("chat/1")
                .tls(Tls.trusting(authority).withIdentity(Path.of(args[1]), Path.of(args[2])))
                .listen("127.0.0.1:0") // a free port
                .onStream(
                    (stream, from) -> {
                      try (stream) {
                        stream.output().write(stream.input().readAllBytes());
                        stream.output().close();
                      }
                    })
                .open();
        QuicPool pool = QuicPool.builder().alpn("chat/1").tls(Tls.trusting(authority)).open()) {
      Peer peer = Peer.of("127.0.0.1:" + echo.listenAddress().orElseThrow().getPort());
      for (String message : new String[] {"first", "second"}) {
        try (QuicStream stream = pool.openStream(peer)) {
          stream.output().write(message.getBytes(StandardCharsets.UTF_8));
          stream.output().close();
          System.out.println(new String(stream.input().readAllBytes(), StandardCharsets.UTF_8));
        }
      }
      System.out.println(pool.stats().dials() + " dial, " + pool.stats().hits() + " hit");
    }
  }
}

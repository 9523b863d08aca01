package example.threads;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Ten thousand callers, a virtual thread each, that talk to one echo peer at the same time. */
public final class TenThousand {
  private static final int CALLERS = 10_000;

  private TenThousand() {}

  /** With an authority's certificate, the echo peer's own, its key. */
  public static void main(String[] arguments) throws Exception {
    Path authority = Path.of(arguments[0]);
    try (QuicPool server =
            QuicPool.builder()
                .alpn("echo/1")
                .tls(
                    Tls.trusting(authority)
                        .withIdentity(Path.of(arguments[1]), Path.of(arguments[2])))
                .listen("127.0.0.1:0")
                .onStream((stream, from) -> echo(stream))
                .executor(task -> Thread.ofVirtual().start(task))
                .open();
        QuicPool pool =
            QuicPool.builder()
                .alpn("echo/1")
                .tls(Tls.trusting(authority))
                .acquireTimeout(
                    Duration.ofMinutes(1)) // all of them wait for the credit of one peer
                .open()) {
      Peer peer = Peer.of("127.0.0.1:" + server.listenAddress().orElseThrow().getPort());
      AtomicInteger same = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(CALLERS);
      for (int i = 0; i < CALLERS; i++) {
        String text = "message " + i;
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    if (text.equals(talk(pool, peer, text))) {
                      same.incrementAndGet();
                    }
                  } catch (IOException e) {
                    System.out.println(e.getMessage());
                  } finally {
                    done.countDown();
                  }
                });
      }
      done.await();
      System.out.printf("%d of %d echoes, %d dials%n", same.get(), CALLERS, pool.stats().dials());
    }
  }

  private static String talk(QuicPool pool, Peer peer, String text) throws IOException {
    try (QuicStream stream = pool.openStream(peer)) {
      stream.output().write(text.getBytes(StandardCharsets.UTF_8));
      stream.output().close();
      return new String(stream.input().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void echo(QuicStream stream) throws IOException {
    try (stream) {
      stream.output().write(stream.input().readAllBytes());
      stream.output().close();
    }
  }
}

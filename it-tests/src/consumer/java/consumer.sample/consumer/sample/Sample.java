package consumer.sample;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolStats;
import io.quicpool.PutResult;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The sample of the documentation, line by line. What is marked {@code +} is not part of it: it
 * gives back what the sample only shows, and tells the test what happened.
 */
final class Sample {
  private final Path caPem;
  private final Path certPem;
  private final Path keyPem;
  private final String fingerprint;

  Sample(Path caPem, Path certPem, Path keyPem, String fingerprint) {
    this.caPem = caPem;
    this.certPem = certPem;
    this.keyPem = keyPem;
    this.fingerprint = fingerprint;
  }

  void run(byte[] request, QuicConnection connection) throws IOException {
    try (QuicPool pool =
        QuicPool.builder()
            .alpn("chat/1")
            .tls(Tls.trusting(caPem).withIdentity(certPem, keyPem))
            .maxConnections(100)
            .idleTimeout(Duration.ofSeconds(60))
            .open()) {

      Peer peer = Peer.of("peer.example:4433");

      try (QuicStream stream = pool.openStream(peer)) {
        stream.output().write(request);
        stream.output().close();
        byte[] reply = stream.input().readAllBytes();
        say("reply " + Arrays.equals(request, reply)); // +
      }

      try (Lease lease = pool.acquire(peer)) {
        try (QuicStream a = lease.openStream();
            QuicStream b = lease.openStream()) {
          say("a " + echo(a, "first") + ", b " + echo(b, "second")); // +
        }
      }

      CompletableFuture<Lease> later = pool.acquireAsync(peer);
      Optional<Lease> now = pool.tryAcquire(peer);
      PutResult result = // +
          pool.put(Peer.named("alice"), connection);
      Peer bob = Peer.pinned(fingerprint, "198.51.100.7:4433");
      later.join().close(); // +
      now.orElseThrow().close(); // +
      say(result.status() + ", " + bob); // +
      say(
          "invalidated "
              + // +
              pool.invalidate(peer));
      Set<Peer> peers = pool.connectedPeers();
      PoolStats stats = pool.stats();
      say(peers + " " + stats.hits() + " hits " + stats.misses() + " misses"); // +
    }
    say("closed " + !connection.isOpen()); // +
  }

  private static String echo(QuicStream stream, String text) throws IOException {
    stream.output().write(text.getBytes(StandardCharsets.UTF_8));
    stream.output().close();
    return new String(stream.input().readAllBytes(), StandardCharsets.UTF_8);
  }

  static void say(String line) {
    System.out.println(line);
  }
}

package consumer.probe;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Opens a pool of two connections and talks to peers in turn. Arguments: the transport's name or
 * {@code -}, the policy's name or {@code -}, the CA's file, and the peers.
 */
public final class Main {
  private Main() {}

  /** Prints which peers are pooled at the end, or why the pool did not open. */
  public static void main(String[] args) throws IOException {
    PoolBuilder builder =
        QuicPool.builder().alpn("chat/1").maxConnections(2).tls(Tls.trusting(Path.of(args[2])));
    if (!args[0].equals("-")) {
      builder.transport(args[0]);
    }
    if (!args[1].equals("-")) {
      builder.eviction(args[1]);
    }
    try (QuicPool pool = builder.open()) {
      System.out.println("opened");
      for (String text : List.of(args).subList(3, args.length)) {
        Peer peer = Peer.of(text);
        try (Lease lease = pool.acquire(peer);
            QuicStream stream = lease.openStream()) {
          stream.output().write(text.getBytes(StandardCharsets.UTF_8));
          stream.output().close();
          String reply = new String(stream.input().readAllBytes(), StandardCharsets.UTF_8);
          System.out.println(
              reply.equals(text) ? "echo of " + lease.connection().peer() : "wrong: " + reply);
        }
      }
      System.out.println(
          "pooled " + pool.connectedPeers().stream().map(Peer::toString).sorted().toList());
    } catch (PoolOpenException e) {
      System.out.println(e.kind() + ": " + e.getMessage());
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        System.out.println("because of " + cause);
      }
    }
  }
}

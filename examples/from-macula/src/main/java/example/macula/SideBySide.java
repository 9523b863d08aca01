package example.macula;

import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** The calls of macula_peer_connection_pool, each above what takes its place. */
public final class SideBySide {
  private SideBySide() {}

  /** With an authority's certificate and the address of an echo peer. */
  public static void main(String[] arguments) throws IOException {

    // {ok, _} = macula_peer_connection_pool:start_link(#{max_connections => 100,
    //                                                   idle_timeout_ms => 60000})
    try (QuicPool pool =
        QuicPool.builder()
            .alpn("echo/1")
            .tls(Tls.trusting(Path.of(arguments[0]))) // there: verify none
            .maxConnections(100)
            .idleTimeout(Duration.ofSeconds(60))
            .open()) {
      Peer peer = Peer.of(arguments[1]); // host:port, https://host:port: one spelling of each

      // {ok, Conn, Stream} = macula_peer_connection_pool:get_connection(Endpoint),
      // quicer:send(Stream, Data),
      // macula_peer_connection_pool:return_connection(Endpoint, {Conn, Stream})
      try (QuicStream stream = pool.openStream(peer)) { // a stream of its own for each message
        stream.output().write("hello".getBytes(StandardCharsets.UTF_8));
        stream.output().close();
        System.out.println(new String(stream.input().readAllBytes(), StandardCharsets.UTF_8));
      }

      // The same with the connection in hand: it is neither evicted nor closed meanwhile.
      try (Lease lease = pool.acquire(peer)) {
        lease.openStream().close();
      }

      // macula_peer_connection_pool:put(PeerId, Connection), after a NAT upgrade
      QuicConnection direct = pool.connect(peer, Endpoint.parse(arguments[1]));
      System.out.println(pool.put(peer, direct).status()); // the old one drains

      // macula_peer_connection_pool:get_connected_peers()
      System.out.println(pool.connectedPeers());

      // macula_peer_connection_pool:invalidate(Endpoint)
      System.out.println(pool.invalidate(peer));

      // macula_peer_connection_pool:stats()
      PoolStats stats = pool.stats();
      System.out.printf(
          "%d hits, %d misses, %d evictions, hit rate %.2f, %d pooled%n",
          stats.hits(), stats.misses(), stats.evictions(), stats.hitRate(), stats.open());
    } // and here every peer is told goodbye
  }
}

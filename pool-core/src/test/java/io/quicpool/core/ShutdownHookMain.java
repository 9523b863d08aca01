package io.quicpool.core;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.testkit.InMemoryNetwork;

/** Opens a pool that closes at shutdown, and ends without closing it; for a JVM of its own. */
public final class ShutdownHookMain {
  private ShutdownHookMain() {}

  public static void main(String[] args) throws Exception {
    InMemoryNetwork network = new InMemoryNetwork();
    network.echo(Scene.address(1));
    QuicPool pool =
        QuicPool.builder()
            .alpn("test/1")
            .tls(Tls.insecure())
            .transport(network.transport())
            .closeAtShutdown(true)
            .open();
    pool.acquire(Peer.of(Scene.text(1))).close();
    network
        .connections()
        .get(0)
        .peer()
        .closed()
        .thenAccept(reason -> System.out.println("the peer was told: " + reason));
    System.exit(0);
  }
}

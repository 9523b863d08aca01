package io.quicpool.benchmarks.nulls;

import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.QuicPool;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Pools over a {@link NullTransport}, and peers that they can dial. */
public final class NullPools {
  private static final Endpoint ANYWHERE = Endpoint.of("192.0.2.1", 4433); // RFC 5737

  private NullPools() {}

  /** The peer with that number. */
  public static Peer peer(int number) {
    return Peer.named("peer-" + number);
  }

  /** The peers from 0 on. */
  public static Peer[] peers(int count) {
    Peer[] peers = new Peer[count];
    for (int i = 0; i < count; i++) {
      peers[i] = peer(i);
    }
    return peers;
  }

  /** A pool with everything at its default, but for what lets it dial without a network. */
  public static PoolBuilder builder(NullTransport transport) {
    var anywhere = CompletableFuture.completedFuture(List.of(ANYWHERE));
    return QuicPool.builder()
        .alpn("null/1")
        .tls(io.quicpool.Tls.pinning())
        .identities((dialled, chain) -> {})
        .transport(transport)
        .peerResolver(peer -> anywhere);
  }

  /** Lets a pool dial all these peers. */
  public static void fill(QuicPool pool, Peer[] peers, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      try (Lease lease = pool.acquire(peers[i])) {
        if (!lease.connection().peer().equals(peers[i])) {
          throw new IllegalStateException("a lease must be on its peer, was on another's");
        }
      }
    }
  }
}

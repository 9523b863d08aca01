package io.quicpool;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where a peer is: asked before each dial for endpoints to try, best first. Called on the thread
 * that begins the dial, outside every lock; it must not block (looking a host name up is {@link
 * HostResolver}'s part).
 *
 * <p>For a {@link Peer.Service} it may only say where to send packets; the certificate must still
 * prove the service's own host name. For a {@link Peer.Named} the endpoint's host name is what the
 * certificate must prove: the resolver vouches that it is that peer's. A {@link Peer.Pinned} is
 * proven by its key wherever it is.
 *
 * <p>An empty list, or a failed stage, fails the dial in phase {@link
 * ConnectFailedException.Phase#RESOLVE}.
 */
@FunctionalInterface
public interface PeerResolver {

  /** Endpoints of a peer, best first. */
  CompletionStage<List<Endpoint>> endpoints(Peer peer);

  /** A service's own endpoint, a pinned peer's hints, nothing for a named one. */
  static PeerResolver ofPeer() {
    return peer -> {
      List<Endpoint> endpoints;
      if (peer instanceof Peer.Service service) {
        endpoints = List.of(service.endpoint());
      } else if (peer instanceof Peer.Pinned pinned) {
        endpoints = pinned.hints();
      } else {
        endpoints = List.of();
      }
      return CompletableFuture.completedFuture(endpoints);
    };
  }
}

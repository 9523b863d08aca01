package io.quicpool.core;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Endpoint;
import io.quicpool.HostResolver;
import io.quicpool.IdentityVerifier;
import io.quicpool.Peer;
import io.quicpool.PeerResolver;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.TlsMaterial;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * What every dial of a pool needs: where peers are, how they are verified, the endpoint to dial
 * from, and time.
 */
record Dialler(
    QuicEndpoint endpoint,
    CurrentTls currentTls,
    PeerResolver peers,
    HostResolver hosts,
    Optional<IdentityVerifier> identities,
    PoolTime time,
    Executor executor,
    CurrentLimits limits,
    FailedAddresses failedAddresses) {

  /** A dial to wherever the peer is; {@link Dial#start} begins it. */
  Dial to(Peer peer) {
    return new Dial(this, peer, Optional.empty());
  }

  /** A dial to the peer at a given endpoint. */
  Dial to(Peer peer, Endpoint at) {
    return new Dial(this, peer, Optional.of(at));
  }

  private TlsMaterial tls() {
    return currentTls.get();
  }

  /** What proves that whoever answers at an endpoint is the peer. */
  PeerVerifier verifierOf(Peer peer, Endpoint at) throws ConnectFailedException {
    if (peer instanceof Peer.Pinned pinned) {
      return PeerVerifier.ofKey(pinned.fingerprint());
    }
    if (peer instanceof Peer.Named named && identities.isPresent()) {
      return ofNamed(named, identities.get());
    }
    if (tls().insecure()) {
      return PeerVerifier.ofAnyone();
    }
    if (tls().trust().isEmpty()) {
      throw new ConnectFailedException(
          Phase.IDENTITY,
          "with Tls.pinning() no authority is trusted, so only Peer.pinned can be verified, or a"
              + " Peer.named by an IdentityVerifier, not "
              + peer);
    }
    return PeerVerifier.ofHost(hostToProve(peer, at), tls().trust().get());
  }

  /** The application says who it is, after an authority did if any is trusted. */
  private PeerVerifier ofNamed(Peer.Named named, IdentityVerifier application) {
    return chain -> {
      if (tls().trust().isPresent()) {
        PeerVerifier.ofServer(tls().trust().get()).verify(chain);
      }
      application.verify(named, chain);
    };
  }

  /** The host that is asked for: a service's own, wherever its packets are sent. */
  static String hostToProve(Peer peer, Endpoint at) {
    return peer instanceof Peer.Service service ? service.endpoint().host() : at.host();
  }
}

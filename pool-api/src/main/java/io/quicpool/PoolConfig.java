package io.quicpool;

import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicTransport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What was asked of {@link PoolBuilder}, checked, as the pool's core reads it. Immutable.
 *
 * @param name see {@link PoolBuilder#name}
 * @param alpn the application protocol
 * @param tls who is trusted, and who this side is
 * @param transport which transport
 * @param eviction which eviction policy
 * @param maxConnections see {@link PoolBuilder#maxConnections}
 * @param maxConnectionsPerPeer see {@link PoolBuilder#maxConnectionsPerPeer}
 * @param maxPending see {@link PoolBuilder#maxPending}
 * @param idleTimeout see {@link PoolBuilder#idleTimeout}
 * @param connectTimeout see {@link PoolBuilder#connectTimeout}
 * @param acquireTimeout see {@link PoolBuilder#acquireTimeout}
 * @param drainTimeout see {@link PoolBuilder#drainTimeout}
 * @param streamTimeout see {@link PoolBuilder#streamTimeout}
 * @param probeAfter see {@link PoolBuilder#probeAfter}
 * @param probeLeasedAfter see {@link PoolBuilder#probeLeasedAfter}
 * @param probe see {@link PoolBuilder#probe}; empty if the peer's QUIC stack alone is asked
 * @param maxBackoff see {@link PoolBuilder#maxBackoff}
 * @param maxLifetime see {@link PoolBuilder#maxLifetime}; empty for no limit
 * @param grace see {@link PoolBuilder#grace}
 * @param peerResolver see {@link PoolBuilder#peerResolver}
 * @param hostResolver see {@link PoolBuilder#hostResolver}
 * @param inbound who may connect to the pool, and who serves them
 * @param identities see {@link PoolBuilder#identities}
 * @param time the clock; empty for the system's
 * @param executor where callbacks run; empty for threads of the pool's own
 * @param listeners who is told
 * @param extensions what goes along with the pool
 * @param leakDetectionThreshold see {@link PoolBuilder#leakDetectionThreshold}; empty if off
 * @param closeAtShutdown see {@link PoolBuilder#closeAtShutdown}
 */
public record PoolConfig(
    String name,
    String alpn,
    Tls tls,
    Choice<QuicTransport> transport,
    Choice<EvictionPolicy> eviction,
    int maxConnections,
    int maxConnectionsPerPeer,
    int maxPending,
    Duration idleTimeout,
    Duration connectTimeout,
    Duration acquireTimeout,
    Duration drainTimeout,
    Duration streamTimeout,
    Duration probeAfter,
    Duration probeLeasedAfter,
    Optional<Probe> probe,
    Duration maxBackoff,
    Optional<Duration> maxLifetime,
    Duration grace,
    PeerResolver peerResolver,
    HostResolver hostResolver,
    Inbound inbound,
    Optional<IdentityVerifier> identities,
    Optional<PoolTime> time,
    Optional<Executor> executor,
    List<PoolListener> listeners,
    List<PoolExtension> extensions,
    Optional<Duration> leakDetectionThreshold,
    boolean closeAtShutdown) {

  /**
   * What an application asks a peer that is in doubt.
   *
   * @param check asks
   * @param timeout how long it may take
   */
  public record Probe(PeerProbe check, Duration timeout) {}

  /**
   * Who may connect to a pool, and who serves them.
   *
   * @param address see {@link PoolBuilder#listen}; empty for a pool that only dials
   * @param certificateDemanded see {@link PoolBuilder#demandCertificates}
   * @param maxConnections see {@link PoolBuilder#maxInbound}
   * @param maxStreams see {@link PoolBuilder#maxIncomingStreams}
   * @param handler see {@link PoolBuilder#onStream}; empty if peers may open no streams
   */
  public record Inbound(
      Optional<InetSocketAddress> address,
      boolean certificateDemanded,
      int maxConnections,
      int maxStreams,
      Optional<StreamHandler> handler) {}

  /**
   * Which provider of a service is wanted: the only one there is, the one of that name, or what a
   * supplier makes.
   *
   * @param <T> the service
   * @param name the name that was asked for
   * @param supplier makes the instance that was asked for; goes before the name
   */
  public record Choice<T>(Optional<String> name, Optional<Supplier<? extends T>> supplier) {

    /** The only one there is. */
    public static <T> Choice<T> only() {
      return new Choice<>(Optional.empty(), Optional.empty());
    }

    /** The one of that name. */
    public static <T> Choice<T> named(String name) {
      return new Choice<>(Optional.of(name), Optional.empty());
    }

    /** What a supplier makes. */
    public static <T> Choice<T> supplied(Supplier<? extends T> supplier) {
      return new Choice<>(Optional.empty(), Optional.of(supplier));
    }
  }
}

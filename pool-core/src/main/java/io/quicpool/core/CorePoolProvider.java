package io.quicpool.core;

import io.quicpool.Fingerprint;
import io.quicpool.PoolConfig;
import io.quicpool.PoolExtension;
import io.quicpool.PoolLimits;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.QuicPool;
import io.quicpool.core.ConnectionTable.Limits;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.PoolProvider;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsMaterial;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Puts a pool together from its settings and the providers that are there. */
public final class CorePoolProvider implements PoolProvider {
  private static final Duration LEAST_TRANSPORT_IDLE = Duration.ofSeconds(10);

  /** Without effects, as a service asks for. */
  public CorePoolProvider() {}

  @Override
  public QuicPool open(PoolConfig config) throws PoolOpenException {
    QuicTransport transport =
        new ServiceChoice<>(
                "QUIC transport",
                "transport",
                "io.quicpool:quicpool-transport-netty42 or io.quicpool:quicpool-transport-kwik",
                ServiceLoader.load(QuicTransport.class, getClass().getClassLoader()),
                QuicTransport::name)
            .choose(config.transport());
    EvictionPolicy eviction =
        new ServiceChoice<>(
                "eviction policy",
                "eviction",
                "io.quicpool:quicpool-eviction-lru",
                ServiceLoader.load(EvictionPolicy.class, getClass().getClassLoader()),
                EvictionPolicy::name)
            .choose(config.eviction());
    TlsMaterial tls = config.tls().load();
    warnIfInsecure(tls);
    Callbacks callbacks = new Callbacks(config.executor(), config.listeners());
    CurrentTls currentTls = new CurrentTls(tls);
    Doorman doorman =
        new Doorman(config.identities(), currentTls, config.inbound().maxConnections());
    try {
      QuicEndpoint endpoint = open(transport, config, tls, callbacks, doorman);
      CorePool pool = assemble(config, endpoint, eviction, currentTls, callbacks, doorman);
      attach(pool, config.extensions());
      return pool;
    } catch (PoolOpenException e) {
      callbacks.close();
      throw e;
    }
  }

  private static void attach(CorePool pool, List<PoolExtension> extensions)
      throws PoolOpenException {
    try {
      pool.attach(extensions);
    } catch (PoolOpenException e) {
      pool.close(Duration.ZERO);
      throw e;
    }
  }

  private static QuicEndpoint open(
      QuicTransport transport,
      PoolConfig config,
      TlsMaterial tls,
      Callbacks callbacks,
      Doorman doorman)
      throws PoolOpenException {
    PoolConfig.Inbound inbound = config.inbound();
    EndpointConfig.Builder endpoint =
        EndpointConfig.builder(config.alpn(), tls)
            .idleTimeout(transportIdle(config))
            .maxIncomingStreams(inbound.handler().isPresent() ? inbound.maxStreams() : 0)
            .streamTimeout(config.streamTimeout())
            .handlerExecutor(callbacks.executor());
    inbound
        .address()
        .ifPresent(
            address ->
                endpoint.listen(
                    address,
                    inbound.certificateDemanded() ? ClientAuth.REQUIRED : ClientAuth.OPTIONAL,
                    doorman::verify,
                    doorman::accept));
    try {
      return transport.open(endpoint.build());
    } catch (RuntimeException | LinkageError e) {
      throw new PoolOpenException(
          Kind.PROVIDER_FAILED, "the transport \"" + transport.name() + "\" failed: " + e, e);
    }
  }

  /** Longer than the pool's, so that the pool closes first. */
  private static Duration transportIdle(PoolConfig config) {
    Duration twice = config.idleTimeout().multipliedBy(2);
    return twice.compareTo(LEAST_TRANSPORT_IDLE) < 0 ? LEAST_TRANSPORT_IDLE : twice;
  }

  private static CorePool assemble(
      PoolConfig config,
      QuicEndpoint endpoint,
      EvictionPolicy eviction,
      CurrentTls tls,
      Callbacks callbacks,
      Doorman doorman) {
    Optional<SystemTime> owned =
        config.time().isPresent() ? Optional.empty() : Optional.of(new SystemTime());
    PoolTime time = config.time().orElseGet(owned::orElseThrow);
    CurrentLimits limits =
        new CurrentLimits(
            new PoolLimits(
                config.maxConnections(),
                config.maxPending(),
                config.idleTimeout(),
                config.connectTimeout(),
                config.acquireTimeout(),
                config.drainTimeout()),
            transportIdle(config));
    Dialler dialler =
        new Dialler(
            endpoint,
            tls,
            config.peerResolver(),
            config.hostResolver(),
            config.identities(),
            time,
            callbacks.executor(),
            limits,
            new FailedAddresses());
    Rivals rivals = new Rivals(keyOf(tls.get()));
    HealthMonitor health =
        new HealthMonitor(
            time,
            config.probeAfter(),
            config.probeLeasedAfter(),
            config
                .probe()
                .map(
                    probe ->
                        new ApplicationProbe(
                            probe.check(), probe.timeout(), callbacks.executor())));
    ConnectionTable table =
        new ConnectionTable(
            new Limits(
                limits,
                config.maxConnectionsPerPeer(),
                config.inbound().maxConnections(),
                config.maxBackoff().toNanos(),
                config.maxLifetime().map(Duration::toNanos),
                config.grace().toNanos()),
            time,
            dialler,
            callbacks,
            new Announcements(config.name(), callbacks, time),
            eviction,
            health,
            new Leases(config.leakDetectionThreshold(), time),
            new StreamServer(config.inbound().handler()),
            rivals);
    doorman.open(table.admission());
    return new CorePool(config, table, dialler, rivals, callbacks, limits, owned);
  }

  static Optional<Fingerprint> keyOf(TlsMaterial tls) {
    return tls.identity().map(identity -> Fingerprint.of(identity.chain().get(0)));
  }

  static void warnIfInsecure(TlsMaterial tls) {
    if (tls.insecure()) {
      Callbacks.LOG.log(
          Level.WARNING,
          "Tls.insecure(): peers are not verified; whoever is in the path can read and change all");
    }
  }
}

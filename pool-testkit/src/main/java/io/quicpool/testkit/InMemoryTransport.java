package io.quicpool.testkit;

import io.quicpool.Capability;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * The transport {@code "memory"}: endpoints in an {@link InMemoryNetwork}. It is given to a pool as
 * an instance and is no service, so that it never stands in for a real one. Thread-safe.
 */
public final class InMemoryTransport implements QuicTransport {
  private final InMemoryNetwork network;
  private final Set<Capability> capabilities;

  InMemoryTransport(InMemoryNetwork network, Set<Capability> capabilities) {
    this.network = network;
    this.capabilities = Set.copyOf(capabilities);
  }

  /** A transport into a new network. */
  public InMemoryTransport() {
    this(new InMemoryNetwork(), EnumSet.allOf(Capability.class));
  }

  /** The network that its endpoints are in. */
  public InMemoryNetwork network() {
    return network;
  }

  /** The same network for a transport that lacks capabilities, as real stacks do. */
  public InMemoryTransport without(Capability... missing) {
    Set<Capability> left = EnumSet.allOf(Capability.class);
    left.retainAll(capabilities);
    left.removeAll(Set.of(missing));
    return new InMemoryTransport(network, left);
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String version() {
    return "in memory";
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) throws PoolOpenException {
    Optional<EndpointConfig.Listening> listening = config.listening();
    check(config.tls(), listening.isPresent());
    if (listening.isPresent()) {
      if (listening.get().clientAuth() == ClientAuth.REQUIRED
          && !capabilities.contains(Capability.CLIENT_CERTIFICATES)) {
        throw new PoolOpenException(
            PoolOpenException.Kind.UNSUPPORTED,
            "this transport cannot ask for client certificates");
      }
    }
    return MemoryEndpoint.open(network, config, capabilities);
  }

  static void check(TlsMaterial tls, boolean listens) throws PoolOpenException {
    Optional<TlsIdentity> identity = tls.identity();
    if (identity.isPresent()) {
      check(identity.get().chain().get(0).getPublicKey());
    } else if (listens) {
      throw new PoolOpenException(
          PoolOpenException.Kind.TLS, "a listener must have an identity, it has none");
    }
  }

  private static void check(PublicKey key) throws PoolOpenException {
    boolean taken = key instanceof RSAPublicKey;
    if (key instanceof ECPublicKey ec) {
      int bits = ec.getParams().getOrder().bitLength();
      taken = bits == 256 || bits == 384;
    }
    if (!taken) {
      throw new PoolOpenException(
          PoolOpenException.Kind.TLS,
          "an identity's key must be EC (P-256, P-384) or RSA, was " + key.getAlgorithm());
    }
  }
}

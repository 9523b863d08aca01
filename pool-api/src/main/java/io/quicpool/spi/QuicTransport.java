package io.quicpool.spi;

import io.quicpool.PoolOpenException;

/**
 * A way to speak QUIC: the service that a transport module provides, found through {@link
 * java.util.ServiceLoader}.
 *
 * <p>Stateless, with a public no-argument constructor that has no effects. Thread-safe.
 */
public interface QuicTransport {

  /** The name by which an application chooses it, such as {@code "netty"}: lower case, unique. */
  String name();

  /** The name and version of the stack under it, for people to read. */
  String version();

  /**
   * Opens an endpoint. The caller closes it.
   *
   * @throws PoolOpenException if it cannot be: the stack's native library does not load ({@code
   *     PROVIDER_FAILED}), the TLS identity is of a kind it does not take ({@code TLS}), it cannot
   *     do what the configuration asks ({@code UNSUPPORTED}), or its socket cannot be opened
   *     ({@code ENDPOINT}); nothing is left behind
   */
  QuicEndpoint open(EndpointConfig config) throws PoolOpenException;
}

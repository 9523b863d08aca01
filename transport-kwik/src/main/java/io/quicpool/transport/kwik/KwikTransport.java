package io.quicpool.transport.kwik;

import io.quicpool.PoolOpenException;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import java.util.Objects;
import tech.kwik.core.KwikVersion;

/** The transport {@code "kwik"}. */
public final class KwikTransport implements QuicTransport {

  /** For {@link java.util.ServiceLoader}; without effects. */
  public KwikTransport() {}

  @Override
  public String name() {
    return "kwik";
  }

  @Override
  public String version() {
    String own = KwikTransport.class.getPackage().getImplementationVersion();
    return Objects.requireNonNullElse(own, "unversioned")
        + " (kwik "
        + KwikVersion.getVersion()
        + ")";
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) throws PoolOpenException {
    return KwikEndpoint.open(config);
  }
}

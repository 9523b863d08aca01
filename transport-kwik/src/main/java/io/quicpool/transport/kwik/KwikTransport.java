package io.quicpool.transport.kwik;

import io.quicpool.PoolOpenException;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import tech.kwik.core.KwikVersion;
import tech.kwik.core.QuicConnection;

/** The transport {@code "kwik"}. */
public final class KwikTransport implements QuicTransport {
  /** Where kwik's assertions do not hold. */
  private static final String RECOVERY = "tech.kwik.core.recovery";

  /** For {@link java.util.ServiceLoader}; without effects. */
  public KwikTransport() {}

  @Override
  public String name() {
    return "kwik";
  }

  @Override
  public String version() {
    return "kwik " + KwikVersion.getVersion();
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) throws PoolOpenException {
    // K19: before a class of that package is initialized, which nothing here has done yet.
    QuicConnection.class.getClassLoader().setPackageAssertionStatus(RECOVERY, false);
    return KwikEndpoint.open(config);
  }
}

package transport.broken;

import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;

/** Cannot be made. */
public final class BrokenTransport implements QuicTransport {

  /** Always fails, as one does whose native library is missing. */
  public BrokenTransport() {
    throw new UnsatisfiedLinkError("no libbroken in java.library.path");
  }

  @Override
  public String name() {
    return "broken";
  }

  @Override
  public String version() {
    return "0";
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) {
    throw new UnsupportedOperationException("it cannot even be made");
  }
}

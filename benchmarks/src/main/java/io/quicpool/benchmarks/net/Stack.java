package io.quicpool.benchmarks.net;

import io.quicpool.spi.QuicTransport;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import javax.net.ssl.X509TrustManager;

/** The stacks that are measured. */
enum Stack {
  NETTY,
  KWIK;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its transport, as the pool finds it. */
  QuicTransport transport() {
    return ServiceLoader.load(QuicTransport.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(transport -> transport.name().equals(toString()))
        .findAny()
        .orElseThrow(
            () -> new IllegalStateException("the class path must have the transport " + this));
  }

  /** Itself alone. */
  BareStack bare(String alpn, X509TrustManager trust) {
    return switch (this) {
      case NETTY -> new BareNetty(alpn, trust, Optional.empty(), BareNetty.Connect.ONE_ROUND_TRIP);
      case KWIK -> new BareKwik(alpn, trust);
    };
  }
}

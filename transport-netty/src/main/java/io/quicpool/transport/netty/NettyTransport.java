package io.quicpool.transport.netty;

import io.netty.channel.Channel;
import io.netty.incubator.codec.quic.Quic;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import java.lang.module.ModuleDescriptor;
import org.jspecify.annotations.Nullable;

/** The service: QUIC by netty's codec, under the name {@code netty}. */
public final class NettyTransport implements QuicTransport {

  /** Has no effects; the native library is loaded by the first {@link #open}. */
  public NettyTransport() {}

  @Override
  public String name() {
    return "netty";
  }

  @Override
  public String version() {
    return "netty " + versionOf(Channel.class) + ", QUIC codec " + versionOf(Quic.class);
  }

  /** A module's version, or on the class path that of the jar's manifest. */
  private static String versionOf(Class<?> type) {
    @Nullable ModuleDescriptor module = type.getModule().getDescriptor();
    @Nullable String manifest = type.getPackage().getImplementationVersion();
    return module != null
        ? module.rawVersion().orElse("of unknown version")
        : manifest != null ? manifest : "of unknown version";
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) throws PoolOpenException {
    if (!Quic.isAvailable()) {
      throw new PoolOpenException(
          PoolOpenException.Kind.PROVIDER_FAILED,
          "the native library of the netty transport does not load on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + NettyLine.hint(),
          Quic.unavailabilityCause());
    }
    return NettyEndpoint.open(config);
  }
}

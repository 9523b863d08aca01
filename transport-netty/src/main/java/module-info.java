import org.jspecify.annotations.NullMarked;

/**
 * QUIC by netty's codec over quiche.
 *
 * <p>Exports nothing: it is found through {@link java.util.ServiceLoader} under the name {@code
 * netty}.
 */
@NullMarked
module io.quicpool.transport.netty {
  requires static org.jspecify;
  requires io.quicpool.api;
  requires io.netty.buffer;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.transport;
  requires io.netty.incubator.codec.classes.quic;
  requires jdk.unsupported; // without sun.misc.Unsafe netty copies through heap buffers

  provides io.quicpool.spi.QuicTransport with
      io.quicpool.transport.netty.NettyTransport;
}

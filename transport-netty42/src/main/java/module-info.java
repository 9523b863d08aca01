import org.jspecify.annotations.NullMarked;

/**
 * QUIC by the codec of netty 4.2 over quiche.
 *
 * <p>Made from the source of {@code io.quicpool.transport.netty}, which has the same name as a
 * transport, {@code netty}: the two lines of netty share module names, so never both on one path.
 *
 * <p>Exports nothing: it is found through {@link java.util.ServiceLoader}.
 */
@NullMarked
module io.quicpool.transport.netty42x {
  requires static org.jspecify;
  requires io.quicpool.api;
  requires io.netty.buffer;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.transport;
  requires io.netty.codec.classes.quic;
  requires jdk.unsupported; // without sun.misc.Unsafe netty copies through heap buffers

  provides io.quicpool.spi.QuicTransport with
      io.quicpool.transport.netty42x.NettyTransport;
}

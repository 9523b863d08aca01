/**
 * QUIC by kwik, a QUIC stack in pure Java: provides the transport {@code "kwik"}. Nothing of it is
 * called directly; it is found through {@link java.util.ServiceLoader}.
 */
module io.quicpool.transport.kwik {
  requires io.quicpool.api;
  requires static org.jspecify;
  requires tech.kwik.core;

  provides io.quicpool.spi.QuicTransport with
      io.quicpool.transport.kwik.KwikTransport;
}

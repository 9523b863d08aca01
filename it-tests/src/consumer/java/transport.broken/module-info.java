/** A transport whose constructor throws. */
module transport.broken {
  requires io.quicpool.api;

  provides io.quicpool.spi.QuicTransport with
      transport.broken.BrokenTransport;
}

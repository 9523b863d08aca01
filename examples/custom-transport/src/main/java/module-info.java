/** A transport of one's own: pools in one process speak to each other, without a socket. */
module example.loop {
  requires io.quicpool.api;

  provides io.quicpool.spi.QuicTransport with
      example.loop.LoopTransport;
}

/** An application that tells which providers it got. */
module consumer.probe {
  requires io.quicpool.api;
}

/** The whole program that the guide shows. */
module consumer.echo {
  requires io.quicpool.api;
}

/** An application as users write it. It must need nothing but the API. */
module consumer.sample {
  requires io.quicpool.api;
}

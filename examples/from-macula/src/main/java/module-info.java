/** For who comes from the Erlang pool: its calls beside ours. */
module example.macula {
  requires io.quicpool.api;
}

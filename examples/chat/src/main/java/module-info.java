/** A chat between peers that know one another by key. */
module example.chat {
  requires io.quicpool.api;
}

/** The whole program that the guide shows. */
module my.app {
  requires io.quicpool.api;
}

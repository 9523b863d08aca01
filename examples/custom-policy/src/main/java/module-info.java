/** An eviction policy of one's own: put it on the module path, and say its name. */
module example.policy {
  requires io.quicpool.api;

  provides io.quicpool.spi.EvictionPolicy with
      example.policy.CheapestToRestore;
}

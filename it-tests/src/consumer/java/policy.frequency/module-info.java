/** The eviction policy {@code "lfu"}, as a user might write it. */
module policy.frequency {
  requires io.quicpool.api;

  provides io.quicpool.spi.EvictionPolicy with
      policy.frequency.LeastFrequentlyUsed;
}

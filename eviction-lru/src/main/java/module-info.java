import org.jspecify.annotations.NullMarked;

/**
 * The eviction policy {@code "lru"}: the connection that was used longest ago goes first.
 *
 * <p>Exports nothing: it is found through {@link java.util.ServiceLoader}.
 */
@NullMarked
module io.quicpool.eviction.lru {
  requires io.quicpool.api;
  requires static org.jspecify;

  provides io.quicpool.spi.EvictionPolicy with
      io.quicpool.eviction.lru.LruEvictionPolicy;
}

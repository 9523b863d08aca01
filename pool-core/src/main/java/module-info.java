import org.jspecify.annotations.NullMarked;

/**
 * The pool behind {@link io.quicpool.QuicPool#builder()}. Exports nothing; takes its transport and
 * its eviction policy from whatever module provides them.
 *
 * @provides io.quicpool.spi.PoolProvider the pool
 * @uses io.quicpool.spi.QuicTransport the QUIC stack under it
 * @uses io.quicpool.spi.EvictionPolicy which connection goes when room is needed
 */
@NullMarked
module io.quicpool.core {
  requires io.quicpool.api;
  requires jdk.jfr;
  requires static org.jspecify;

  uses io.quicpool.spi.EvictionPolicy;
  uses io.quicpool.spi.QuicTransport;

  provides io.quicpool.spi.PoolProvider with
      io.quicpool.core.CorePoolProvider;
}

import org.jspecify.annotations.NullMarked;

/**
 * The API of quicpool: what applications call ({@link io.quicpool}) and what providers implement
 * ({@link io.quicpool.spi}).
 *
 * <p>An application requires this module alone. The pool itself, the QUIC stack under it and the
 * eviction policy are found on the module path (or the class path) through {@link
 * java.util.ServiceLoader}.
 */
@NullMarked
module io.quicpool.api {
  requires static org.jspecify;

  exports io.quicpool;
  exports io.quicpool.spi;

  uses io.quicpool.spi.PoolProvider;
}

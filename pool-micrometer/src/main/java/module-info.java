import org.jspecify.annotations.NullMarked;

/** The metrics of a pool, for <a href="https://micrometer.io">Micrometer</a>. */
@NullMarked
module io.quicpool.micrometer {
  requires transitive io.quicpool.api;
  requires transitive micrometer.core;
  requires static org.jspecify;

  exports io.quicpool.micrometer;
}

import org.jspecify.annotations.NullMarked;

/** A page on the loopback that shows what a pool does: {@link io.quicpool.inspector.Inspector}. */
@NullMarked
module io.quicpool.inspector {
  requires transitive io.quicpool.api;
  requires com.fasterxml.jackson.core;
  requires jdk.httpserver;
  requires static org.jspecify;

  exports io.quicpool.inspector;
}

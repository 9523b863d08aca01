import org.jspecify.annotations.NullMarked;

/** A pool in the JVM's management: its state, and limits that can be set while it is open. */
@NullMarked
module io.quicpool.jmx {
  requires transitive io.quicpool.api;
  requires transitive java.management;
  requires static org.jspecify;

  exports io.quicpool.jmx;
}

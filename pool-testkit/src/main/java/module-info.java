import org.jspecify.annotations.NullMarked;

/**
 * What tests of a pool, of a transport or of an eviction policy need: a network in memory with
 * scripted faults, time that stands still, certificates, echo peers and a faulty UDP link ({@link
 * io.quicpool.testkit}), and the contracts that every provider keeps ({@link
 * io.quicpool.testkit.contract}).
 *
 * <p>Only the contracts need JUnit, which whoever runs them has.
 */
@NullMarked
module io.quicpool.testkit {
  requires transitive io.quicpool.api;
  requires static org.jspecify;
  requires static transitive org.junit.jupiter.api;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;

  exports io.quicpool.testkit;
  exports io.quicpool.testkit.contract;
}

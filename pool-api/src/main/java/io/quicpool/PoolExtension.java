package io.quicpool;

/**
 * Something that goes along with a pool from its opening to its end: metrics, a page to look at it,
 * an entry in a registry. Given to {@link PoolBuilder#with}, or {@link #attach attached} by hand to
 * a pool that is open already.
 */
@FunctionalInterface
public interface PoolExtension {

  /**
   * Begins, at the end of the pool's opening, on the thread that opens it. What it throws makes the
   * opening fail with kind {@code EXTENSION_FAILED}, and leaves nothing behind.
   *
   * @return ends it: closed by the pool, once, after its last connection
   */
  AutoCloseable attach(QuicPool pool) throws Exception;
}

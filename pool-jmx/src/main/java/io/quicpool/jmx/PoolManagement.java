package io.quicpool.jmx;

import io.quicpool.PoolExtension;
import io.quicpool.QuicPool;
import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * Registers pools with the JVM's management, as {@code io.quicpool:type=Pool,name=<name>}.
 *
 * <pre>{@code
 * QuicPool.builder().name("chat").with(PoolManagement.platform())...
 * }</pre>
 *
 * <p>Whoever may write to the JVM's management may change a pool's limits, and nothing else: none
 * of its secrets is shown, and no connection can be touched.
 */
public final class PoolManagement {
  private PoolManagement() {}

  /**
   * Registers the pool with the platform's server while it is open. The pool does not open if
   * another of its name is registered already.
   */
  public static PoolExtension platform() {
    return pool -> register(ManagementFactory.getPlatformMBeanServer(), pool);
  }

  /** {@link #platform}, with another server. */
  public static PoolExtension server(MBeanServer server) {
    return pool -> register(server, pool);
  }

  /** Under what name a pool is registered. */
  public static ObjectName nameOf(QuicPool pool) {
    try {
      return new ObjectName("io.quicpool:type=Pool,name=" + pool.name());
    } catch (MalformedObjectNameException e) {
      throw new AssertionError("a pool's name needs no quotes", e);
    }
  }

  private static AutoCloseable register(MBeanServer server, QuicPool pool) throws JMException {
    ObjectName name = nameOf(pool);
    server.registerMBean(new ManagedPool(pool), name);
    return () -> server.unregisterMBean(name);
  }
}

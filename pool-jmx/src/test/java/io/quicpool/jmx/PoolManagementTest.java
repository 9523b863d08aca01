package io.quicpool.jmx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolLimits;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import java.net.InetSocketAddress;
import java.time.Duration;
import javax.management.Attribute;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.RuntimeMBeanException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PoolManagementTest {
  private final MBeanServer server = MBeanServerFactory.newMBeanServer();
  private final ManualTime time = new ManualTime();
  private final InMemoryNetwork network = new InMemoryNetwork(time);

  private PoolBuilder builder() {
    return QuicPool.builder()
        .name("chat")
        .alpn("test/1")
        .tls(Tls.insecure())
        .transport(network.transport())
        .time(time)
        .executor(Runnable::run)
        .with(PoolManagement.server(server));
  }

  private QuicPoolMXBean seen(QuicPool pool) {
    return JMX.newMXBeanProxy(server, PoolManagement.nameOf(pool), QuicPoolMXBean.class);
  }

  @Test
  void itShowsWhatThePoolHasDoneAndHolds() throws Exception {
    network.echo(new InetSocketAddress("10.0.0.1", 4433));
    try (QuicPool pool = builder().open()) {
      pool.acquireAsync(Peer.of("10.0.0.1:4433")).join().close();
      Lease held = pool.acquireAsync(Peer.of("10.0.0.1:4433")).join();

      QuicPoolMXBean seen = seen(pool);

      assertEquals("chat", seen.getName());
      assertEquals(1, seen.getOpen());
      assertEquals(0, seen.getIdle());
      assertEquals(1, seen.getLeased());
      assertEquals(1, seen.getHits());
      assertEquals(1, seen.getMisses());
      assertEquals(1, seen.getDials());
      held.close();
    }
  }

  @Test
  void limitsCanBeSetWhileItIsOpen() throws Exception {
    try (QuicPool pool = builder().open()) {
      QuicPoolMXBean seen = seen(pool);

      seen.setMaxConnections(5);
      seen.setMaxPending(4);
      seen.setIdleTimeoutMillis(300);
      seen.setConnectTimeoutMillis(200);
      seen.setAcquireTimeoutMillis(100);
      seen.setDrainTimeoutMillis(0);

      PoolLimits set =
          new PoolLimits(
              5,
              4,
              Duration.ofMillis(300),
              Duration.ofMillis(200),
              Duration.ofMillis(100),
              Duration.ZERO);
      assertEquals(set, pool.limits());
      assertEquals(5, seen.getMaxConnections());
      assertEquals(300, seen.getIdleTimeoutMillis());
    }
  }

  @Test
  void aValueOutOfRangeIsRefusedWithTheRule() throws Exception {
    try (QuicPool pool = builder().open()) {
      RuntimeMBeanException refused =
          assertThrows(
              RuntimeMBeanException.class,
              () ->
                  server.setAttribute(
                      PoolManagement.nameOf(pool), new Attribute("MaxConnections", 0)));

      assertEquals(
          "maxConnections must be at least 1 and at most 10000000, was 0",
          assertInstanceOf(IllegalArgumentException.class, refused.getCause()).getMessage());
      assertEquals(100, pool.limits().maxConnections());
    }
  }

  @Test
  void itIsGoneWhenThePoolIsClosed() throws Exception {
    QuicPool pool = builder().open();
    assertTrue(server.isRegistered(PoolManagement.nameOf(pool)));

    pool.close();

    assertFalse(server.isRegistered(PoolManagement.nameOf(pool)));
  }

  @Test
  void aSecondPoolOfThatNameDoesNotOpen() throws Exception {
    try (QuicPool pool = builder().open()) {
      PoolOpenException refused = assertThrows(PoolOpenException.class, () -> builder().open());

      assertEquals(PoolOpenException.Kind.EXTENSION_FAILED, refused.kind());
      assertInstanceOf(InstanceAlreadyExistsException.class, refused.getCause());
      assertTrue(server.isRegistered(PoolManagement.nameOf(pool)));
    }
  }
}

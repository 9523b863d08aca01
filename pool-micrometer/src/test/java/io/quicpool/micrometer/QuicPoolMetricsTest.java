package io.quicpool.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.testkit.DialOutcome;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class QuicPoolMetricsTest {
  private final MockClock clock = new MockClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
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
        .maxConnections(2);
  }

  private static Peer peer(int number) {
    return Peer.of("10.0.0." + number + ":4433");
  }

  private void echo(int... numbers) {
    for (int number : numbers) {
      network.echo(new InetSocketAddress("10.0.0." + number, 4433));
    }
  }

  /** A meter's value, after what is known of the pool has become too old. */
  private double value(String name, String... tags) {
    clock.add(200, TimeUnit.MILLISECONDS);
    return registry
        .get(name)
        .tag("pool", "chat")
        .tags(tags)
        .meter()
        .measure()
        .iterator()
        .next()
        .getValue();
  }

  @Test
  void whatThePoolHoldsIsShownByState() throws Exception {
    echo(1, 2, 3);
    try (QuicPool pool = builder().with(QuicPoolMetrics.into(registry)).open()) {
      pool.acquireAsync(peer(1)).join().close();
      Lease held = pool.acquireAsync(peer(2)).join();

      assertEquals(1, value("quicpool.connections", "state", "idle"));
      assertEquals(1, value("quicpool.connections", "state", "in_use"));
      assertEquals(1, value("quicpool.leases"));
      assertEquals(2, value("quicpool.connections.limit"));
      pool.invalidate(peer(2));
      assertEquals(1, value("quicpool.connections", "state", "draining"));
      held.close();
      assertEquals(0, value("quicpool.connections", "state", "draining"));
    }
  }

  @Test
  void whatItDidIsCounted() throws Exception {
    echo(1, 2, 3);
    try (QuicPool pool = builder().with(QuicPoolMetrics.into(registry)).open()) {
      for (int number : new int[] {1, 1, 2, 3}) {
        pool.acquireAsync(peer(number)).join().close();
      }

      assertEquals(1, value("quicpool.acquires", "result", "hit"));
      assertEquals(3, value("quicpool.acquires", "result", "miss"));
      assertEquals(3, value("quicpool.connections.opened", "origin", "dialled"));
      assertEquals(1, value("quicpool.connections.removed", "cause", "evicted"));
      assertEquals(0, value("quicpool.connections.removed", "cause", "died"));
      assertEquals(1, value("quicpool.connections.closed", "by", "local"));
      assertEquals(
          3, registry.get("quicpool.acquire.wait").tag("outcome", "served").timer().count());
    }
  }

  @Test
  void dialsAreTimedByTheirOutcome() throws Exception {
    InetSocketAddress address = new InetSocketAddress("10.0.0.1", 4433);
    network.echo(address).dials(DialOutcome.held());
    try (QuicPool pool = builder().with(QuicPoolMetrics.into(registry)).open()) {
      CompletableFuture<Lease> asked = pool.acquireAsync(peer(1));
      time.advance(Duration.ofMillis(80));
      network.pendingDials().get(0).complete();
      asked.join().close();
      pool.invalidate(peer(1));
      network.script(address).dials(DialOutcome.failing(new IllegalStateException("no")));
      pool.acquireAsync(peer(1));

      assertEquals(
          80,
          registry
              .get("quicpool.dials")
              .tags("outcome", "success")
              .timer()
              .totalTime(TimeUnit.MILLISECONDS));
      assertEquals(
          1,
          registry
              .get("quicpool.dials")
              .tags("outcome", "failure", "reason", "handshake")
              .timer()
              .count());
    }
  }

  @Test
  void theyAreGoneWhenThePoolIsClosed() throws Exception {
    QuicPool pool = builder().with(QuicPoolMetrics.into(registry, Tag.of("zone", "a"))).open();
    assertFalse(registry.getMeters().isEmpty());
    for (Meter meter : registry.getMeters()) {
      assertEquals("a", meter.getId().getTag("zone"), meter.getId()::toString);
    }

    pool.close();

    assertTrue(registry.getMeters().isEmpty(), () -> registry.getMeters().toString());
  }

  @Test
  void oneThatIsBoundByHandIsTakenOutByHand() throws Exception {
    try (QuicPool pool = builder().open()) {
      QuicPoolMetrics metrics = new QuicPoolMetrics(pool);
      metrics.bindTo(registry);
      assertEquals(0, value("quicpool.leases"));

      metrics.close();

      assertTrue(registry.getMeters().isEmpty());
    }
  }

  @Test
  void aSecondPoolOfThatNameDoesNotHideBehindTheFirst() throws Exception {
    try (QuicPool first = builder().with(QuicPoolMetrics.into(registry)).open()) {
      PoolOpenException refused =
          assertThrows(
              PoolOpenException.class, () -> builder().with(QuicPoolMetrics.into(registry)).open());

      assertEquals(PoolOpenException.Kind.EXTENSION_FAILED, refused.kind());
      assertEquals(0, value("quicpool.leases"));
      assertEquals("chat", first.name());
    }
  }

  @Test
  void allMetersOfAScrapeShareOneLookAtThePool() throws Exception {
    int[] looks = {0};
    RecentStats stats =
        new RecentStats(
            () -> {
              looks[0]++;
              return null;
            },
            clock);

    stats.get();
    stats.get();
    assertEquals(1, looks[0]);
    clock.add(101, TimeUnit.MILLISECONDS);
    stats.get();

    assertEquals(2, looks[0]);
  }

  @Test
  void eachHasADescriptionAndOneSetOfTags() throws Exception {
    try (QuicPool pool = builder().with(QuicPoolMetrics.into(registry)).open()) {
      assertEquals("chat", pool.name());
      var keys =
          registry.getMeters().stream()
              .collect(
                  Collectors.groupingBy(
                      meter -> meter.getId().getName(),
                      Collectors.mapping(
                          meter -> meter.getId().getTags().stream().map(Tag::getKey).toList(),
                          Collectors.toSet())));
      keys.forEach((name, sets) -> assertEquals(1, sets.size(), name));
      for (Meter meter : registry.getMeters()) {
        String description = meter.getId().getDescription();
        assertTrue(description != null && !description.isBlank(), () -> "no description: " + meter);
      }
    }
  }

  @Test
  void prometheusTakesThem() throws Exception {
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (QuicPool pool = builder().with(QuicPoolMetrics.into(prometheus)).open()) {
      String text = prometheus.scrape();

      assertEquals("chat", pool.name());
      assertTrue(
          text.contains("quicpool_connections{pool=\"chat\",state=\"idle\"} 0.0"), () -> text);
      assertTrue(text.contains("quicpool_dials_seconds_count"), () -> text);
    }
  }
}

package io.quicpool.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.quicpool.PoolStats;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The meters that show what a pool has counted itself. */
final class StatsMeters {
  static final String LEASES = "quicpool.leases";

  private static final String CONNECTIONS = "quicpool.connections";
  private static final String STATES = "Connections, by what they are doing";
  private static final String ACQUIRES = "quicpool.acquires";
  private static final String RESULTS =
      "Calls that asked for a connection, by whether a pooled one served them at once";

  private final MeterRegistry registry;
  private final Tags tags;
  private final RecentStats stats;
  private final List<Meter> meters = new ArrayList<>();

  StatsMeters(MeterRegistry registry, Tags tags, RecentStats stats) {
    this.registry = registry;
    this.tags = tags;
    this.stats = stats;

    Tags none = Tags.empty();
    gauge(CONNECTIONS, STATES, Tags.of("state", "idle"), PoolStats::idle);
    gauge(CONNECTIONS, STATES, Tags.of("state", "in_use"), StatsMeters::inUse);
    gauge(CONNECTIONS, STATES, Tags.of("state", "suspect"), PoolStats::suspect);
    gauge(CONNECTIONS, STATES, Tags.of("state", "draining"), PoolStats::draining);
    gauge(CONNECTIONS, STATES, Tags.of("state", "dialling"), PoolStats::dialling);
    gauge(
        "quicpool.connections.limit",
        "How many connections there may be, those being dialled included",
        none,
        PoolStats::maxConnections);
    gauge(
        "quicpool.connections.inbound",
        "Connections that peers dialled, draining ones included",
        none,
        PoolStats::inbound);
    gauge(LEASES, "Leases that are out", none, PoolStats::leased);
    gauge("quicpool.streams", "Streams that are open, or wait to be", none, PoolStats::streams);
    gauge(
        "quicpool.callers.waiting", "Callers that wait for a connection", none, PoolStats::waiting);
    gauge(
        "quicpool.peers.backing.off",
        "Peers that are not dialled now, since dials failed a moment ago",
        none,
        PoolStats::backingOff);
    counter(ACQUIRES, RESULTS, Tags.of("result", "hit"), PoolStats::hits);
    counter(ACQUIRES, RESULTS, Tags.of("result", "miss"), PoolStats::misses);
    counter(
        "quicpool.acquires.refused",
        "Calls that were refused since their peer was left in peace",
        none,
        PoolStats::backoffRefusals);
    counter(
        "quicpool.connections.refused",
        "Inbound connections that were closed after their handshake",
        none,
        PoolStats::refused);
    counter(
        "quicpool.leases.leaked", "Leases that were collected unclosed", none, PoolStats::leaked);
    counter(
        "quicpool.policy.faults",
        "Times that the eviction policy threw, or named what is not to be evicted",
        none,
        PoolStats::policyFaults);
  }

  private static int inUse(PoolStats stats) {
    return stats.open() - stats.idle() - stats.suspect();
  }

  private void gauge(String name, String description, Tags own, ToDoubleFunction<PoolStats> value) {
    meters.add(
        Gauge.builder(name, () -> value.applyAsDouble(stats.get()))
            .description(description)
            .tags(tags.and(own))
            .register(registry));
  }

  private void counter(
      String name, String description, Tags own, ToDoubleFunction<PoolStats> value) {
    meters.add(
        FunctionCounter.builder(name, stats, source -> value.applyAsDouble(source.get()))
            .description(description)
            .tags(tags.and(own))
            .register(registry));
  }

  List<Meter> meters() {
    return meters;
  }
}

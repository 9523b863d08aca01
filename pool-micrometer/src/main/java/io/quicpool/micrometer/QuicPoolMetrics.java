package io.quicpool.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.quicpool.PoolExtension;
import io.quicpool.QuicPool;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The metrics of one pool, each with the tag {@code pool}, which is its {@link QuicPool#name}.
 *
 * <pre>{@code
 * QuicPool.builder().name("chat").with(QuicPoolMetrics.into(registry))...
 * }</pre>
 *
 * <p>What a pool counts is read when it is asked for, at most ten times a second, since that costs
 * a walk through its connections; what it decides is counted as it is told. None of it is on the
 * path of a hit. The table of all meters is in docs/watching.md.
 *
 * <p>Thread-safe. {@link #close} takes the meters out of their registries again; a pool that was
 * given {@link #into} does so when it is closed.
 */
public final class QuicPoolMetrics implements MeterBinder, AutoCloseable {
  private final QuicPool pool;
  private final Tags tags;
  private final Queue<Bound> bound = new ConcurrentLinkedQueue<>();

  /** The meters of one registry. */
  private record Bound(MeterRegistry registry, StatsMeters counted, DecisionMeters decisions) {}

  /** Of a pool, with its name as a tag. */
  public QuicPoolMetrics(QuicPool pool) {
    this(pool, Tags.empty());
  }

  /** Of a pool, with its name and others as tags. */
  public QuicPoolMetrics(QuicPool pool, Iterable<Tag> tags) {
    this.pool = pool;
    this.tags = Tags.of("pool", pool.name()).and(tags);
  }

  /** Metrics that come and go with the pool that is opened {@code with} them. */
  public static PoolExtension into(MeterRegistry registry, Tag... tags) {
    return pool -> {
      QuicPoolMetrics metrics = new QuicPoolMetrics(pool, Tags.of(tags));
      metrics.bindTo(registry);
      return metrics;
    };
  }

  /**
   * Binds the pool's meters to a registry.
   *
   * @throws IllegalStateException if a pool of that name and these tags is bound to it already
   */
  @Override
  public void bindTo(MeterRegistry registry) {
    if (registry.find(StatsMeters.LEASES).tags(tags).meter() != null) {
      throw new IllegalStateException(
          "the metrics of each pool must have tags of their own: " + tags);
    }
    DecisionMeters decisions = new DecisionMeters(registry, tags);
    StatsMeters counted =
        new StatsMeters(registry, tags, new RecentStats(pool::stats, registry.config().clock()));
    pool.addListener(decisions);
    bound.add(new Bound(registry, counted, decisions));
  }

  /** Takes the meters out of the registries that they were bound to. */
  @Override
  public void close() {
    for (Bound each = bound.poll(); each != null; each = bound.poll()) {
      pool.removeListener(each.decisions());
      each.counted().meters().forEach(each.registry()::remove);
      each.decisions().meters().forEach(each.registry()::remove);
    }
  }
}

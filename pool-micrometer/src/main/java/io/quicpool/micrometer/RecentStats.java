package io.quicpool.micrometer;

import io.micrometer.core.instrument.Clock;
import io.quicpool.PoolStats;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A pool's numbers, at most a tenth of a second old: all meters of a scrape share one walk through
 * the pool's connections, and show one moment.
 */
final class RecentStats {
  private static final long MAX_AGE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Supplier<PoolStats> source;
  private final Clock clock;
  private volatile @Nullable Taken last;

  private record Taken(PoolStats stats, long nanos) {}

  RecentStats(Supplier<PoolStats> source, Clock clock) {
    this.source = source;
    this.clock = clock;
  }

  PoolStats get() {
    long now = clock.monotonicTime();
    Taken known = last;
    if (known == null || now - known.nanos() > MAX_AGE_NANOS) {
      known = new Taken(source.get(), now); // by two threads at once perhaps: both are right
      last = known;
    }
    return known.stats();
  }
}

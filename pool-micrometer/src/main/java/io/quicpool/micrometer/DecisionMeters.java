package io.quicpool.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.ConnectionView;
import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolListener;
import io.quicpool.RemovalCause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The meters that count what a pool decides, as it tells. All of them are there from the beginning,
 * so that a dashboard shows zeros and not gaps.
 */
final class DecisionMeters implements PoolListener {
  private static final String OUTCOME = "outcome";

  /** Those of connections that were in the pool. */
  private static final Set<RemovalCause> CAUSES =
      EnumSet.complementOf(EnumSet.of(RemovalCause.NO_ROOM, RemovalCause.NOT_ACCEPTED));

  private final MeterRegistry registry;
  private final Tags tags;
  private final List<Meter> meters = new ArrayList<>();
  private final Timer dialled;
  private final Map<Phase, Timer> dialsFailed;
  private final Timer served;
  private final Timer notServed;
  private final Timer left;
  private final Map<Origin, Counter> opened;
  private final Map<RemovalCause, Counter> removed;
  private final Map<CloseReason.Kind, Counter> closed;
  private final Counter suspected;
  private final Counter reinstated;

  DecisionMeters(MeterRegistry registry, Tags tags) {
    this.registry = registry;
    this.tags = tags;
    this.dialled = dials("success", "none");
    this.dialsFailed =
        each(
            Phase.class,
            EnumSet.complementOf(EnumSet.of(Phase.BACKOFF)), // which is no dial
            phase -> dials("failure", text(phase)));
    this.served = waits("served");
    this.notServed = waits("failed");
    this.left = waits("left");
    this.opened =
        each(
            Origin.class,
            EnumSet.allOf(Origin.class),
            origin ->
                counter(
                    "quicpool.connections.opened",
                    "Connections that came into the pool, by how",
                    Tags.of("origin", text(origin))));
    this.removed =
        each(
            RemovalCause.class,
            CAUSES,
            cause ->
                counter(
                    "quicpool.connections.removed",
                    "Connections that left the pool, by why",
                    Tags.of("cause", text(cause))));
    this.closed =
        each(
            CloseReason.Kind.class,
            EnumSet.allOf(CloseReason.Kind.class),
            kind ->
                counter(
                    "quicpool.connections.closed",
                    "Connections that were closed, by whom",
                    Tags.of("by", text(kind))));
    this.suspected =
        counter(
            "quicpool.connections.suspected",
            "Times that a connection came into doubt and was probed",
            Tags.empty());
    this.reinstated =
        counter(
            "quicpool.connections.reinstated",
            "Times that a connection in doubt gave a sign of life",
            Tags.empty());
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static <K extends Enum<K>, V> Map<K, V> each(
      Class<K> type, Set<K> keys, Function<K, V> value) {
    Map<K, V> all = new EnumMap<>(type);
    keys.forEach(key -> all.put(key, value.apply(key)));
    return all;
  }

  private Timer dials(String outcome, String reason) {
    return timer(
        "quicpool.dials",
        "Dials, from their start to a connection or a failure",
        Tags.of(OUTCOME, outcome, "reason", reason));
  }

  private Timer waits(String outcome) {
    return timer(
        "quicpool.acquire.wait",
        "Callers that were not served at once, from their call to its end",
        Tags.of(OUTCOME, outcome));
  }

  private Timer timer(String name, String description, Tags own) {
    return kept(
        Timer.builder(name).description(description).tags(tags.and(own)).register(registry));
  }

  private Counter counter(String name, String description, Tags own) {
    return kept(
        Counter.builder(name).description(description).tags(tags.and(own)).register(registry));
  }

  private <M extends Meter> M kept(M meter) {
    meters.add(meter);
    return meter;
  }

  List<Meter> meters() {
    return meters;
  }

  @Override
  public void dialSucceeded(Peer peer, Duration took) {
    dialled.record(took);
  }

  @Override
  public void dialFailed(Peer peer, PoolException cause, Duration took) {
    Phase phase = cause instanceof ConnectFailedException failed ? failed.phase() : Phase.HANDSHAKE;
    Timer timer = dialsFailed.get(phase);
    if (timer != null) {
      timer.record(took);
    }
  }

  @Override
  public void waited(Peer peer, Duration took) {
    served.record(took);
  }

  @Override
  public void waitFailed(Peer peer, PoolException cause, Duration took) {
    notServed.record(took);
  }

  @Override
  public void waitLeft(Peer peer, Duration took) {
    left.record(took);
  }

  @Override
  public void opened(ConnectionView connection) {
    count(opened, connection.origin());
  }

  @Override
  public void suspected(ConnectionView connection) {
    suspected.increment();
  }

  @Override
  public void reinstated(ConnectionView connection) {
    reinstated.increment();
  }

  @Override
  public void removed(ConnectionView connection, RemovalCause cause) {
    count(removed, cause);
  }

  @Override
  public void closed(ConnectionView connection, CloseReason reason) {
    count(closed, reason.kind());
  }

  private static <K> void count(Map<K, Counter> counters, K key) {
    Counter counter = counters.get(key);
    if (counter != null) {
      counter.increment();
    }
  }
}

package io.quicpool.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.quicpool.PoolStats;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** What the demo shows: two tables for people, and an array for programs. */
final class DemoReport {
  private final Demo.Settings settings;
  private final List<DemoResult> results;

  DemoReport(Demo.Settings settings, List<DemoResult> results) {
    this.settings = settings;
    this.results = List.copyOf(results);
  }

  String text() {
    Table latencies = new Table(2, "transport", "one message over", "p50", "p95", "p99");
    Table pools =
        new Table(
            1,
            "transport",
            "speed-up",
            "saved/message",
            "hit rate",
            "hits",
            "misses",
            "dials",
            "evictions");
    for (DemoResult result : results) {
      String name = result.transport();
      latency(latencies, name, "a fresh connection", result.fresh());
      latency(latencies, name, "the pool", result.pooled());
      latency(latencies, name, "(bare UDP, same link)", result.link());
      PoolStats stats = result.stats();
      pools.row(
          name,
          Units.factor(result.speedup()),
          saved(result),
          Units.percent(stats.hitRate()),
          Long.toString(stats.hits()),
          Long.toString(stats.misses()),
          Long.toString(stats.dials()),
          Long.toString(stats.evictions()));
    }
    return latencies.render() + "\n" + pools.render();
  }

  private static void latency(Table table, String transport, String way, Samples samples) {
    table.row(
        transport,
        way,
        Units.millis(samples.p50()),
        Units.millis(samples.p95()),
        Units.millis(samples.p99()));
  }

  /** In milliseconds, and in round trips where the link's own are what counts. */
  private String saved(DemoResult result) {
    String saved = Units.millis(result.saved());
    if (settings.rtt().isZero()) {
      return saved;
    }
    double trips = Units.ratio(result.saved(), result.link().p50());
    return saved + String.format(Locale.ROOT, " (%.2f RTT)", trips);
  }

  void writeJson(OutputStream target) throws IOException {
    try (JsonGenerator json = new JsonFactory().createGenerator(target)) {
      json.useDefaultPrettyPrinter();
      json.writeStartArray();
      for (DemoResult result : results) {
        PoolStats stats = result.stats();
        json.writeStartObject();
        json.writeStringField("transport", result.transport());
        json.writeNumberField("rttMillis", settings.rtt().toMillis());
        micros(json, "linkRttP50Micros", result.link().p50());
        json.writeNumberField("messages", result.pooled().count());
        micros(json, "freshP50Micros", result.fresh().p50());
        micros(json, "freshP95Micros", result.fresh().p95());
        micros(json, "pooledP50Micros", result.pooled().p50());
        micros(json, "pooledP95Micros", result.pooled().p95());
        json.writeNumberField(
            "speedup", BigDecimal.valueOf(result.speedup()).setScale(3, RoundingMode.HALF_EVEN));
        json.writeNumberField("hits", stats.hits());
        json.writeNumberField("misses", stats.misses());
        json.writeNumberField("dials", stats.dials());
        json.writeNumberField("evictions", stats.evictions());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeRaw('\n');
    }
  }

  private static void micros(JsonGenerator json, String name, Duration value) throws IOException {
    json.writeNumberField(name, Units.micros(value));
  }
}

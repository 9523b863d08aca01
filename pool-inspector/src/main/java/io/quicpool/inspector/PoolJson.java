package io.quicpool.inspector;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.quicpool.ConnectionStats;
import io.quicpool.ConnectionView;
import io.quicpool.PoolLimits;
import io.quicpool.PoolStats;
import io.quicpool.PooledConnection;
import io.quicpool.QuicPool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** A pool's state as the page reads it. */
final class PoolJson {
  /** The newest ones; more would be too many to read. */
  static final int SHOWN = 500;

  private final QuicPool pool;
  private final RecentEvents events;

  PoolJson(QuicPool pool, RecentEvents events) {
    this.pool = pool;
    this.events = events;
  }

  byte[] bytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(16_384);
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("name", pool.name());
      json.writeStringField("listens", pool.listenAddress().map(PoolJson::text).orElse(""));
      limits(json, pool.limits());
      stats(json, pool.stats());
      connections(json, pool.connections());
      events(json);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void limits(JsonGenerator json, PoolLimits limits) throws IOException {
    json.writeObjectFieldStart("limits");
    json.writeNumberField("maxConnections", limits.maxConnections());
    json.writeNumberField("maxPending", limits.maxPending());
    json.writeNumberField("idleTimeoutMillis", limits.idleTimeout().toMillis());
    json.writeNumberField("connectTimeoutMillis", limits.connectTimeout().toMillis());
    json.writeNumberField("acquireTimeoutMillis", limits.acquireTimeout().toMillis());
    json.writeNumberField("drainTimeoutMillis", limits.drainTimeout().toMillis());
    json.writeEndObject();
  }

  private static void stats(JsonGenerator json, PoolStats stats) throws IOException {
    json.writeObjectFieldStart("stats");
    json.writeNumberField("open", stats.open());
    json.writeNumberField("idle", stats.idle());
    json.writeNumberField("suspect", stats.suspect());
    json.writeNumberField("dialling", stats.dialling());
    json.writeNumberField("draining", stats.draining());
    json.writeNumberField("inbound", stats.inbound());
    json.writeNumberField("leased", stats.leased());
    json.writeNumberField("streams", stats.streams());
    json.writeNumberField("waiting", stats.waiting());
    json.writeNumberField("backingOff", stats.backingOff());
    json.writeNumberField("hits", stats.hits());
    json.writeNumberField("misses", stats.misses());
    json.writeNumberField("dials", stats.dials());
    json.writeNumberField("dialsFailed", stats.dialsFailed());
    json.writeNumberField("accepted", stats.accepted());
    json.writeNumberField("refused", stats.refused());
    json.writeNumberField("evictions", stats.evictions());
    json.writeNumberField("expirations", stats.expirations());
    json.writeNumberField("removedDead", stats.removedDead());
    json.writeNumberField("leaked", stats.leaked());
    json.writeEndObject();
  }

  private static void connections(JsonGenerator json, List<PooledConnection> all)
      throws IOException {
    json.writeNumberField("connectionCount", all.size());
    json.writeArrayFieldStart("connections");
    List<PooledConnection> newest =
        all.stream()
            .sorted(Comparator.comparingLong(PoolJson::id).reversed())
            .limit(SHOWN)
            .toList();
    for (PooledConnection each : newest) {
      connection(json, each);
    }
    json.writeEndArray();
  }

  private static long id(PooledConnection pooled) {
    return pooled.connection().id();
  }

  private static void connection(JsonGenerator json, PooledConnection pooled) throws IOException {
    ConnectionView view = pooled.connection();
    ConnectionStats stats = view.stats();
    json.writeStartObject();
    json.writeNumberField("id", view.id());
    json.writeStringField("peer", view.peer().toString());
    json.writeStringField("address", text(view.remoteAddress()));
    json.writeStringField("state", pooled.state().name().toLowerCase(Locale.ROOT));
    json.writeStringField("origin", view.origin().name().toLowerCase(Locale.ROOT));
    json.writeNumberField("ageMillis", view.age().toMillis());
    if (pooled.idle().isPresent()) {
      json.writeNumberField("idleMillis", pooled.idle().get().toMillis());
    }
    json.writeNumberField("leases", pooled.leases());
    json.writeNumberField("streams", pooled.streams());
    if (stats.rtt().isPresent()) {
      json.writeNumberField("rttMicros", stats.rtt().get().toNanos() / 1_000);
    }
    number(json, "lost", stats.packetsLost());
    number(json, "sent", stats.bytesSent());
    number(json, "received", stats.bytesReceived());
    json.writeEndObject();
  }

  private static void number(JsonGenerator json, String name, OptionalLong value)
      throws IOException {
    if (value.isPresent()) {
      json.writeNumberField(name, value.getAsLong());
    }
  }

  private void events(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("events");
    for (RecentEvents.Event event : events.newestFirst()) {
      json.writeStartObject();
      json.writeNumberField("number", event.number());
      json.writeNumberField("atMillis", event.atMillis());
      json.writeStringField("kind", event.kind());
      json.writeStringField("peer", event.peer());
      json.writeStringField("text", event.text());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** Without the slash of the JDK's own text. */
  static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }
}

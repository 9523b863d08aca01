package io.quicpool.micrometer;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.testkit.InMemoryNetwork;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A pool that has done something, whose metrics can be scraped as an application's are. */
final class Scraped implements AutoCloseable {
  private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final QuicPool pool;
  private final HttpServer server;

  Scraped() throws Exception {
    InMemoryNetwork network = new InMemoryNetwork();
    pool =
        QuicPool.builder()
            .name("scraped")
            .alpn("test/1")
            .tls(Tls.insecure())
            .transport(network.transport())
            .with(QuicPoolMetrics.into(registry))
            .open();
    network.echo(new InetSocketAddress("10.0.0.1", 4433));
    for (int i = 0; i < 10; i++) {
      pool.acquire(Peer.of("10.0.0.1:4433")).close();
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          try (exchange) {
            byte[] body = text().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", TYPE);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }

  String text() {
    return registry.scrape();
  }

  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    pool.close();
  }
}

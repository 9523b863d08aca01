package io.quicpool.inspector;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** The page's files, and the pool's state that they show. */
final class Site implements HttpHandler {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String CODE = "text/javascript; charset=utf-8";
  private static final String STYLE = "text/css; charset=utf-8";

  /** By path: the file in the folder web, and its type. */
  private static final Map<String, Map.Entry<String, String>> FILES =
      Map.of(
          "/", Map.entry("inspector.html", HTML),
          "/inspector.js", Map.entry("inspector.js", CODE),
          "/inspector.css", Map.entry("inspector.css", STYLE),
          "/uPlot.iife.min.js", Map.entry("uPlot.iife.min.js", CODE),
          "/uPlot.min.css", Map.entry("uPlot.min.css", STYLE));

  private final PoolJson pool;

  Site(PoolJson pool) {
    this.pool = pool;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    Map.Entry<String, String> file = FILES.get(path);
    if (path.equals("/pool.json")) {
      send(exchange, "application/json", pool.bytes());
    } else if (file != null) {
      send(exchange, file.getValue(), content(file.getKey()));
    } else {
      Gate.refuse(exchange, 404, "there is no " + path);
    }
  }

  private static byte[] content(String name) throws IOException {
    try (InputStream file = Site.class.getResourceAsStream("web/" + name)) {
      if (file == null) {
        throw new IOException("the page's file " + name + " is missing from the artefact");
      }
      return file.readAllBytes();
    }
  }

  private static void send(HttpExchange exchange, String type, byte[] content) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(200, content.length);
    exchange.getResponseBody().write(content);
  }
}

package io.quicpool.inspector;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.quicpool.Endpoint;
import io.quicpool.InvalidEndpointException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests through that the page itself makes, or that a person types: GET alone, to an
 * address literal or {@code localhost}, and from no other origin. The browser of somebody who looks
 * at the page also shows pages of strangers, which could reach the loopback through it.
 */
final class Gate implements HttpHandler {
  private final HttpHandler inner;

  Gate(HttpHandler inner) {
    this.inner = inner;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Headers answer = exchange.getResponseHeaders();
      answer.set(
          "Content-Security-Policy",
          "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
      answer.set("X-Content-Type-Options", "nosniff");
      answer.set("Referrer-Policy", "no-referrer");
      answer.set("Cross-Origin-Resource-Policy", "same-origin");
      answer.set("Cache-Control", "no-store");
      Headers asked = exchange.getRequestHeaders();
      if (!exchange.getRequestMethod().equals("GET")) {
        answer.set("Allow", "GET");
        refuse(
            exchange, 405, "only GET is answered, the method was " + exchange.getRequestMethod());
      } else if (!isAddressed(asked.getFirst("Host"))) {
        refuse(
            exchange,
            403,
            "the host must be an address or localhost, was " + asked.getFirst("Host"));
      } else if (isForeign(asked)) {
        refuse(exchange, 403, "requests of other origins are not answered");
      } else {
        inner.handle(exchange);
      }
    }
  }

  private static boolean isAddressed(@Nullable String host) {
    if (host == null) {
      return false;
    }
    String withPort = host.matches(".*:[0-9]+") ? host : host + ":80";
    try {
      Endpoint named = Endpoint.parse(withPort);
      return named.isLiteral() || named.host().equals("localhost");
    } catch (InvalidEndpointException e) {
      return false;
    }
  }

  private static boolean isForeign(Headers asked) {
    String origin = asked.getFirst("Origin");
    if (origin != null && !origin.equals("http://" + asked.getFirst("Host"))) {
      return true;
    }
    String site = asked.getFirst("Sec-Fetch-Site"); // absent where nobody browses
    boolean own = site == null || site.equals("same-origin") || site.equals("none");
    return !own && !"navigate".equals(asked.getFirst("Sec-Fetch-Mode")); // a link may lead here
  }

  static void refuse(HttpExchange exchange, int status, String why) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) { // whose answers have no body
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    byte[] text = (why + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, text.length);
    exchange.getResponseBody().write(text);
  }
}

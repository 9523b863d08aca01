package io.quicpool.inspector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class InspectorTest {
  private final ManualTime time = new ManualTime();
  private final InMemoryNetwork network = new InMemoryNetwork(time);
  private QuicPool pool;
  private Inspector inspector;

  @BeforeEach
  void open() throws Exception {
    network.echo(new InetSocketAddress("10.0.0.1", 4433));
    pool =
        QuicPool.builder()
            .name("chat")
            .alpn("test/1")
            .tls(Tls.insecure())
            .transport(network.transport())
            .time(time)
            .executor(Runnable::run)
            .open();
    inspector = Inspector.open(pool, 0);
  }

  @AfterEach
  void close() {
    inspector.close();
    pool.close();
  }

  /** An answer: its first line, its headers in lower case, an empty line, its body. */
  private String ask(String request) throws IOException {
    try (Socket socket = new Socket(inspector.address().getHost(), inspector.address().getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      return reader.lines().collect(Collectors.joining("\n"));
    }
  }

  private String get(String path, String... headers) throws IOException {
    return ask(
        "GET "
            + path
            + " HTTP/1.1\r\nConnection: close\r\n"
            + (headers.length > 0 ? "" : "Host: " + inspector.address().getAuthority() + "\r\n")
            + String.join("", List.of(headers).stream().map(each -> each + "\r\n").toList())
            + "\r\n");
  }

  private static void assertStatus(int status, String answer) {
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
  }

  /** All names of fields in a JSON text, which must be one. */
  private static List<String> fields(String json) throws IOException {
    List<String> names = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.FIELD_NAME) {
          names.add(parser.currentName());
        }
      }
    }
    return names;
  }

  @Test
  void itIsAtTheLoopbackAlone() {
    assertTrue(inspector.address().getHost().equals("127.0.0.1"), inspector.address()::toString);
  }

  @Test
  void othersReachItOnlyIfThatWasAskedFor() throws Exception {
    inspector.close();
    InetSocketAddress everywhere = new InetSocketAddress("0.0.0.0", 0);
    inspector = (Inspector) Inspector.exposedAt(everywhere).attach(pool);

    assertTrue(
        InetAddress.getByName(inspector.address().getHost()).isAnyLocalAddress(),
        inspector.address()::toString);
    assertStatus(200, get("/pool.json"));
  }

  @Test
  void itShowsConnectionsAndDecisions() throws Exception {
    Lease held = pool.acquireAsync(Peer.of("10.0.0.1:4433")).join();

    String answer = get("/pool.json");

    assertStatus(200, answer);
    String json = answer.substring(answer.indexOf('{'));
    assertTrue(fields(json).containsAll(List.of("limits", "stats", "connections", "events")));
    assertTrue(json.contains("\"peer\":\"10.0.0.1:4433\""), json);
    assertTrue(json.contains("\"state\":\"ready\""), json);
    assertTrue(json.contains("\"leases\":1"), json);
    assertTrue(json.contains("connection 1 came in, dialled"), json);
    held.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/, text/html",
    "/inspector.js, text/javascript",
    "/inspector.css, text/css",
    "/uPlot.iife.min.js, text/javascript",
    "/uPlot.min.css, text/css"
  })
  void thePageIsThere(String path, String type) throws Exception {
    String answer = get(path);

    assertStatus(200, answer);
    assertTrue(answer.toLowerCase(Locale.ROOT).contains("content-type: " + type), answer);
    assertTrue(answer.contains("Content-security-policy: default-src 'self'"), answer);
  }

  @Test
  void whatIsNotThereIsSaidToBeMissing() throws Exception {
    assertStatus(404, get("/../module-info.class"));
    assertStatus(404, get("/inspector.html/x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"})
  void nothingButGetIsAnswered(String method) throws Exception {
    String answer =
        ask(
            method
                + " /pool.json HTTP/1.1\r\nConnection: close\r\nHost: "
                + inspector.address().getAuthority()
                + "\r\nContent-Length: 0\r\n\r\n");

    assertStatus(405, answer);
    assertTrue(answer.contains("Allow: GET"), answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "\"", "x:y:z"})
  void aForeignHostNameIsRefused(String host) throws Exception {
    assertStatus(403, get("/pool.json", "Host: " + host));
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "localhost:1", "127.0.0.1", "[::1]:1"})
  void anAddressOrLocalhostIsNot(String host) throws Exception {
    assertStatus(200, get("/pool.json", "Host: " + host));
  }

  @Test
  void aPageOfAnotherOriginIsRefused() throws Exception {
    String host = "Host: localhost:9";

    assertStatus(403, get("/pool.json", host, "Origin: http://evil.example"));
    assertStatus(403, get("/pool.json", host, "Origin: null"));
    assertStatus(403, get("/pool.json", host, "Sec-Fetch-Site: cross-site"));
    assertStatus(403, get("/", host, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"));
    assertStatus(200, get("/pool.json", host, "Origin: http://localhost:9"));
    assertStatus(200, get("/pool.json", host, "Sec-Fetch-Site: same-origin"));
    assertStatus(200, get("/", host, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"));
  }

  @Test
  void itEndsWithThePoolThatWasOpenedWithIt() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    QuicPool own =
        QuicPool.builder()
            .alpn("test/1")
            .tls(Tls.insecure())
            .transport(network.transport())
            .with(Inspector.onLoopback(port))
            .open();
    new Socket("127.0.0.1", port).close();

    own.close();

    assertThrows(IOException.class, () -> new Socket("127.0.0.1", port).close());
  }

  @Test
  void aRequestThatDoesNotEndKeepsNobodyElseWaiting() throws Exception {
    try (Socket slow = new Socket(inspector.address().getHost(), inspector.address().getPort())) {
      slow.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
      slow.getOutputStream().flush();

      assertStatus(200, get("/"));
    }
  }

  @Test
  void aPortThatIsTakenIsToldWhenThePoolOpens() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      PoolOpenException failure =
          assertThrows(
              PoolOpenException.class,
              () ->
                  QuicPool.builder()
                      .alpn("test/1")
                      .tls(Tls.insecure())
                      .transport(network.transport())
                      .with(Inspector.onLoopback(taken.getLocalPort()))
                      .open());

      assertEquals(PoolOpenException.Kind.EXTENSION_FAILED, failure.kind());
    }
  }

  @Test
  void onlyTheLastDecisionsAreKept() {
    RecentEvents events = new RecentEvents(() -> 7);
    for (int i = 0; i < RecentEvents.KEPT + 5; i++) {
      events.policyFault(new IllegalStateException("fault " + i));
    }

    assertEquals(RecentEvents.KEPT, events.newestFirst().size());
    assertEquals("fault 204", events.newestFirst().get(0).text());
    assertEquals(205, events.newestFirst().get(0).number());
    assertEquals(7, events.newestFirst().get(0).atMillis());
  }
}

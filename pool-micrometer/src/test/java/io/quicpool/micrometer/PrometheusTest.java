package io.quicpool.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The metrics in a Prometheus server of its own; skipped where none is installed. */
@Timeout(60)
@DisabledOnOs(OS.WINDOWS) // its script is a shell's
class PrometheusTest {
  private static final int ABSENT = 77;

  private final HttpClient client = HttpClient.newHttpClient();

  @TempDir private Path folder;

  private Scraped scraped;
  private Process prometheus;
  private int port;

  @BeforeEach
  void start() throws Exception {
    scraped = new Scraped();
    port = freePort();
    prometheus =
        new ProcessBuilder(
                "src/test/scripts/prometheus.sh",
                folder.toString(),
                String.valueOf(port),
                scraped.address())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prometheus.log").toFile())
            .start();
  }

  @AfterEach
  void stop() throws Exception {
    prometheus.destroy();
    prometheus.waitFor();
    scraped.close();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void skipIfAbsent() throws InterruptedException {
    if (!prometheus.isAlive() && prometheus.waitFor() == ABSENT) {
      abort("skipped: no prometheus and promtool on the PATH (Debian: apt-get install prometheus)");
    }
  }

  /** What the server answers to a query; empty while it is not up. */
  private String query(String expression) throws InterruptedException {
    String asked = URLEncoder.encode(expression, StandardCharsets.UTF_8);
    URI uri = URI.create("http://127.0.0.1:" + port + "/api/v1/query?query=" + asked);
    try {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Asks until the answer is that, or the test's timeout ends it; skips where there is no server.
   */
  private void awaitAnswer(String expression, Predicate<String> wanted)
      throws InterruptedException {
    while (!wanted.test(query(expression))) {
      if (!prometheus.isAlive()) {
        skipIfAbsent();
        fail("the server ended");
      }
      Thread.sleep(100); // another process, which tells nobody that it is up or has scraped
    }
  }

  private static String result(String value) {
    return "\"" + value + "\"]";
  }

  @Test
  void aServerScrapesWhatThePoolDid() throws Exception {
    String expression = "quicpool_acquires_total{pool=\"scraped\",result=\"hit\"}";
    awaitAnswer(expression, answer -> answer.contains(result("9")));
    assertTrue(query("quicpool_connections{state=\"idle\"}").contains(result("1")));
  }

  @Test
  void promtoolFindsNothingToSay() throws Exception {
    awaitAnswer("up", answer -> !answer.isEmpty());
    Path report = folder.resolve("promtool.log");
    Process promtool =
        new ProcessBuilder("promtool", "check", "metrics")
            .redirectErrorStream(true)
            .redirectOutput(report.toFile())
            .start();
    try (var input = promtool.getOutputStream()) {
      input.write(scraped.text().getBytes(StandardCharsets.UTF_8));
    }
    int exit = promtool.waitFor();

    assertEquals("", Files.readString(report));
    assertEquals(0, exit);
  }
}

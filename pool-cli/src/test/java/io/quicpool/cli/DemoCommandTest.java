package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DemoCommandTest {
  private static final List<String> KEYS =
      List.of(
          "transport",
          "rttMillis",
          "linkRttP50Micros",
          "messages",
          "freshP50Micros",
          "freshP95Micros",
          "pooledP50Micros",
          "pooledP95Micros",
          "speedup",
          "hits",
          "misses",
          "dials",
          "evictions");

  @Test
  void everyTransportIsMeasuredOverRealConnections(@TempDir Path folder) throws Exception {
    Path json = folder.resolve("demo.json");
    CommandRun run =
        CommandRun.of(
            "demo", "--rtt", "5ms", "--peers", "3", "--messages", "30", "--json", json.toString());
    assertEquals(0, run.exitCode(), run::err);
    assertEquals("", run.err());
    List<Map<String, Object>> results = results(json);
    assertEquals(
        List.of("kwik", "netty"), results.stream().map(result -> result.get("transport")).toList());
    for (Map<String, Object> result : results) {
      assertEquals(KEYS, List.copyOf(result.keySet()));
      assertEquals(5L, number(result, "rttMillis"));
      assertEquals(30L, number(result, "messages"));
      assertEquals(27L, number(result, "hits"));
      assertEquals(3L, number(result, "misses"));
      assertEquals(3L, number(result, "dials"));
      assertEquals(0L, number(result, "evictions"));
      long link = number(result, "linkRttP50Micros");
      assertTrue(link >= 5000, () -> "the link must add its round trip, added " + link + " us");
      assertTrue(number(result, "freshP50Micros") >= 2 * link, result::toString);
      assertTrue(number(result, "pooledP50Micros") >= link * 9 / 10, result::toString);
      assertTrue((Double) result.get("speedup") > 1, result::toString);
    }
    assertTrue(run.out().contains("a fresh connection"), run::out);
    assertTrue(run.out().contains("the pool"), run::out);
    assertTrue(run.out().contains("90.0 %"), run::out);
    assertTrue(run.out().chars().allMatch(c -> c == '\n' || c >= ' ' && c < 0x7f), run::out);
  }

  @Test
  @Timeout(60)
  void thePoolIsShownWhileItRuns() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    CompletableFuture<CommandRun> running =
        CompletableFuture.supplyAsync(
            () ->
                CommandRun.of(
                    "demo",
                    "--transport",
                    "netty",
                    "--rtt",
                    "50ms",
                    "--peers",
                    "1",
                    "--messages",
                    "10",
                    "--inspect=" + port));
    String shown = "";
    while (shown.isEmpty() && !running.isDone()) {
      try (InputStream page =
          URI.create("http://127.0.0.1:" + port + "/pool.json").toURL().openStream()) {
        shown = new String(page.readAllBytes(), StandardCharsets.UTF_8);
      } catch (ConnectException e) {
        LockSupport.parkNanos(10_000_000); // the pool is not open yet: nothing tells when it is
      }
    }
    CommandRun run = running.get();
    assertEquals(0, run.exitCode(), run::err);
    assertTrue(shown.contains("\"connections\""), shown);
    assertTrue(
        run.out().contains("While a pool works, http://127.0.0.1:" + port + "/ shows it."),
        run::out);
  }

  @ParameterizedTest
  @ValueSource(strings = {"netty", "kwik"})
  void aChosenTransportRunsAlone(String transport) {
    CommandRun run =
        CommandRun.of(
            "demo", "--transport", transport, "--rtt", "0ms", "--peers", "1", "--messages", "1");
    assertEquals(0, run.exitCode(), run::err);
    String other = transport.equals("netty") ? "kwik" : "netty";
    assertTrue(run.out().contains(transport), run::out);
    assertFalse(run.out().contains(other), run::out);
  }

  @Test
  void anOlderLongerResultFileIsReplacedWhole(@TempDir Path folder) throws Exception {
    Path path = Files.writeString(folder.resolve("old.json"), "x".repeat(1000));
    try (ResultFile file = ResultFile.open(path)) {
      assertEquals(1000, Files.size(path));
      file.write(target -> target.write("[]".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    }
    assertEquals("[]", Files.readString(path));
  }

  @Test
  void aRunThatFailsLeavesNoResultFile(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("new.json");
    ResultFile.open(path).close();
    assertFalse(Files.exists(path));
    Path older = Files.writeString(folder.resolve("old.json"), "{}");
    ResultFile.open(older).close();
    assertEquals("{}", Files.readString(older));
  }

  private static long number(Map<String, Object> result, String key) {
    return (Long) result.get(key);
  }

  private static List<Map<String, Object>> results(Path file) throws IOException {
    List<Map<String, Object>> results = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
      assertEquals(JsonToken.START_ARRAY, parser.nextToken());
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        Map<String, Object> result = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          result.put(
              name,
              switch (parser.nextToken()) {
                case VALUE_STRING -> parser.getText();
                case VALUE_NUMBER_INT -> parser.getLongValue();
                case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
                default -> throw new AssertionError("unexpected value of " + name);
              });
        }
        results.add(result);
      }
      assertEquals(JsonToken.END_ARRAY, parser.currentToken());
    }
    return results;
  }
}

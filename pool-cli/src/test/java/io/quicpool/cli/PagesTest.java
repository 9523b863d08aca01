package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.inspector.Inspector;
import io.quicpool.testkit.InMemoryNetwork;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The pages that quicpool makes, as a real browser shows them; skipped where there is none. */
@Timeout(120)
final class PagesTest {
  private static Path folder;
  private static Browser browser;

  @BeforeAll
  static void find() throws Exception {
    folder = Files.createDirectories(Path.of("target", "pages").toAbsolutePath());
    browser = Browser.find(folder);
  }

  private static long count(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    long count = 0;
    while (matcher.find()) {
      count++;
    }
    return count;
  }

  @Test
  void theInspectorShowsConnectionsCountersAndDecisions() throws Exception {
    InMemoryNetwork network = new InMemoryNetwork();
    List<Lease> leases = new ArrayList<>();
    try (QuicPool pool =
            QuicPool.builder()
                .name("chat")
                .alpn("test/1")
                .tls(Tls.insecure())
                .transport(network.transport())
                .maxConnections(3)
                .open();
        Inspector inspector = Inspector.open(pool, 0)) {
      for (int i = 1; i <= 4; i++) { // the last one evicts the first
        network.echo(new InetSocketAddress("10.0.0." + i, 4433));
        try (Lease lease = pool.acquire(Peer.of("10.0.0." + i + ":4433"))) {
          assertTrue(lease.connection().isOpen());
        }
      }
      leases.add(pool.acquire(Peer.of("10.0.0.4:4433")));

      String page = browser.open(inspector.address());

      assertTrue(page.contains(">live<"), page);
      assertTrue(page.contains("chat – quicpool inspector"), page);
      assertEquals(3, count("<td[^>]*class=\"peer\"", page), page);
      assertTrue(page.contains(">10.0.0.4:4433</td>"), page);
      assertTrue(page.contains("evicted"), page);
      assertEquals(10, count("<canvas", page), "a small plot for each counter");
      leases.forEach(Lease::close);
    }
  }

  @Test
  void theReportShowsItsPlotsAndNeedsNothingElse() throws Exception {
    Path report = folder.resolve("report.html");
    CommandRun run =
        CommandRun.of(
            "demo",
            "--rtt",
            "5ms",
            "--peers",
            "2",
            "--messages",
            "10",
            "--report",
            report.toString());
    assertEquals(0, run.exitCode(), run::err);

    String page = browser.open(report.toUri());

    String source = Files.readString(report);
    assertFalse(
        Pattern.compile("(src|href)=\"?http").matcher(source).find(), "it needs nothing else");
    assertEquals(count("class=\"plot\"", source), count("<canvas", page), "each plot is drawn");
    assertTrue(count("<canvas", page) > 0);
    assertTrue(page.contains("kwik") && page.contains("netty"));
  }
}

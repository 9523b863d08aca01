package io.quicpool.cli;

import io.quicpool.PoolStats;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What the demo shows, as a page to keep: the distributions, the settings and the machine. */
final class DemoPage {
  private static final List<Double> PERCENTS =
      IntStream.rangeClosed(1, 100).mapToObj(percent -> (double) percent).toList();
  private static final double NANOS_PER_MILLI = 1e6;

  private final Demo.Settings settings;
  private final List<DemoResult> results;

  DemoPage(Demo.Settings settings, List<DemoResult> results) {
    this.settings = settings;
    this.results = List.copyOf(results);
  }

  void writeTo(OutputStream target) throws IOException {
    HtmlReport page = new HtmlReport("quicpool demo: fresh connections and the pool");
    page.paragraph(
        settings.messages()
            + " messages of "
            + Demo.MESSAGE_BYTES
            + " bytes and their echoes, to "
            + settings.peers()
            + " peers, one after the other, each once over a connection of its own and once"
            + " through the pool, over a link that adds a round trip of "
            + settings.rtt().toMillis()
            + " ms. Times are those of whole messages: from before a connection is asked for until"
            + " the last byte of the echo.");
    for (DemoResult result : results) {
      transport(page, result);
    }
    page.heading("Made by").table(List.of("what", "which"), machine());
    page.writeTo(target);
  }

  private void transport(HtmlReport page, DemoResult result) throws IOException {
    PoolStats stats = result.stats();
    page.heading(result.transport())
        .paragraph(
            "The median message is "
                + Units.factor(result.speedup())
                + " as fast through the pool, and saves "
                + Units.millis(result.saved())
                + ". The pool served "
                + Units.percent(stats.hitRate())
                + " of the calls with a connection that was open: "
                + stats.hits()
                + " hits, "
                + stats.misses()
                + " misses, "
                + stats.dials()
                + " dials.")
        .table(
            List.of("one message over", "p50", "p95", "p99"),
            List.of(
                row("a fresh connection", result.fresh()),
                row("the pool", result.pooled()),
                row("bare UDP, same link", result.link())))
        .plot(
            "How long so many percent of the messages took at most",
            new HtmlReport.Axes("percent of messages", false, "milliseconds", true),
            PERCENTS,
            List.of(
                new HtmlReport.Line("fresh", curve(result.fresh())),
                new HtmlReport.Line("pooled", curve(result.pooled())),
                new HtmlReport.Line("bare UDP", curve(result.link()))));
  }

  private static List<String> row(String name, Samples samples) {
    return List.of(
        name,
        Units.millis(samples.p50()),
        Units.millis(samples.p95()),
        Units.millis(samples.p99()));
  }

  private static List<Double> curve(Samples samples) {
    return PERCENTS.stream()
        .map(percent -> samples.percentile(percent).toNanos() / NANOS_PER_MILLI)
        .toList();
  }

  private static List<List<String>> machine() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("quicpool", Version.current()));
    rows.add(
        List.of(
            "Java", Runtime.version() + ", " + System.getProperty("java.vm.name", "unknown VM")));
    rows.add(
        List.of(
            "system",
            System.getProperty("os.name")
                + " "
                + System.getProperty("os.version")
                + ", "
                + System.getProperty("os.arch")));
    rows.add(List.of("processors", String.valueOf(Runtime.getRuntime().availableProcessors())));
    rows.add(List.of("when", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
    return rows;
  }
}

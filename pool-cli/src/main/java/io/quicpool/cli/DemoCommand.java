package io.quicpool.cli;

import io.quicpool.spi.QuicTransport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what a pool saves, on this machine, without anything else. */
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "Shows what the pool saves: starts echo peers in this process, puts a link with a round-trip"
          + " time before each, and sends the same messages first over a fresh connection each and"
          + " then through the pool.",
      "Every peer is verified: by a certificate authority made for the run, and by its address."
    })
final class DemoCommand implements Callable<Integer> {
  private static final String ALL = "all";
  private static final Duration LONGEST_RTT = Duration.ofSeconds(10);
  private static final int MOST_PEERS = 100; // what a pool keeps open by default
  private static final int MOST_MESSAGES = 1_000_000;

  @Spec private CommandSpec spec;

  private String transport = ALL;
  private Duration rtt = Duration.ZERO;
  private int peers;
  private int messages;
  private OptionalInt inspect = OptionalInt.empty();
  private Optional<Path> jsonPath = Optional.empty();
  private Optional<Path> pagePath = Optional.empty();

  @Option(
      names = "--transport",
      order = 1,
      paramLabel = "NAME",
      defaultValue = ALL,
      description = "netty, kwik, or all that are found (default: ${DEFAULT-VALUE}).")
  void transport(String name) {
    transport = name;
  }

  @Option(
      names = "--rtt",
      order = 2,
      paramLabel = "TIME",
      defaultValue = "50ms",
      converter = DurationConverter.class,
      description = "Round trip that the link adds, from 0ms to 10s (default: ${DEFAULT-VALUE}).")
  void rtt(Duration time) {
    rtt = Arguments.atMost(spec, "--rtt", time, LONGEST_RTT);
  }

  @Option(
      names = "--peers",
      order = 3,
      paramLabel = "N",
      defaultValue = "8",
      description = "Echo peers, from 1 to 100 (default: ${DEFAULT-VALUE}).")
  void peers(int number) {
    peers = Arguments.inRange(spec, "--peers", number, 1, MOST_PEERS);
  }

  @Option(
      names = "--messages",
      order = 4,
      paramLabel = "N",
      defaultValue = "200",
      description = "Messages each way, from 1 to 1000000 (default: ${DEFAULT-VALUE}).")
  void messages(int number) {
    messages = Arguments.inRange(spec, "--messages", number, 1, MOST_MESSAGES);
  }

  @Option(
      names = "--json",
      order = 5,
      paramLabel = "FILE",
      description = "Also write the results to this file, as a JSON array.")
  void json(Path file) {
    jsonPath = Optional.of(file);
  }

  @Option(
      names = "--report",
      order = 6,
      paramLabel = "FILE.html",
      description = "Also write a page with the distributions, the settings and the machine.")
  void report(Path file) {
    pagePath = Optional.of(file);
  }

  @Option(
      names = "--inspect",
      order = 7,
      arity = "0..1",
      paramLabel = "PORT",
      fallbackValue = Arguments.INSPECT_PORT,
      description =
          "Show the pool at http://127.0.0.1:PORT/ while it is measured (PORT: ${FALLBACK-VALUE}).")
  void inspect(int port) {
    inspect = OptionalInt.of(Arguments.inRange(spec, "--inspect", port, 1, 65_535));
  }

  @Override
  public Integer call() throws IOException, CommandFailedException {
    List<QuicTransport> transports = transports();
    try (ResultFile json = Arguments.resultFile(spec, "--json", jsonPath);
        ResultFile page = Arguments.resultFile(spec, "--report", pagePath)) {
      show(transports, json, page);
    }
    return ExitCode.OK;
  }

  private List<QuicTransport> transports() {
    if (!transport.equals(ALL)) {
      return List.of(Arguments.transport(spec, transport));
    }
    List<QuicTransport> found = Discovery.transports().found();
    if (found.isEmpty()) {
      throw Arguments.unknownTransport(spec, ALL, found);
    }
    return found;
  }

  private void show(List<QuicTransport> transports, ResultFile json, ResultFile page)
      throws IOException, CommandFailedException {
    PrintWriter out = spec.commandLine().getOut();
    Demo.Settings settings = new Demo.Settings(rtt, peers, messages, inspect);
    out.printf(
        "%d messages of %d bytes to %d peers, one after the other; link round trip %d ms.%n",
        messages, Demo.MESSAGE_BYTES, peers, rtt.toMillis());
    out.printf("Before them, %s that do not count warm up the JVM.%n%n", Demo.warmup(settings));
    inspect.ifPresent(
        port -> out.printf("While a pool works, http://127.0.0.1:%d/ shows it.%n%n", port));
    out.flush();
    List<DemoResult> results = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (QuicTransport each : transports) {
      try {
        results.add(measured(each, settings));
      } catch (IOException | CommandFailedException | RuntimeException | LinkageError e) {
        if (transports.size() == 1) {
          throw e;
        }
        failures.add(each.name() + ": " + Failures.withCauses(e)); // the others can still show
      }
    }
    DemoReport report = new DemoReport(settings, results);
    if (!results.isEmpty()) {
      out.print(report.text());
      out.flush();
      json.write(report::writeJson);
      page.write(new DemoPage(settings, results)::writeTo);
    }
    if (!failures.isEmpty()) {
      throw new CommandFailedException(String.join("; ", failures));
    }
  }

  private static DemoResult measured(QuicTransport transport, Demo.Settings settings)
      throws IOException, CommandFailedException {
    OptionalInt columns = TerminalBar.columns();
    if (columns.isEmpty()) {
      return new Demo(transport, settings, Progress.SILENT).run();
    }
    try (TerminalBar bar =
        TerminalBar.open(transport.name(), Demo.steps(settings), columns.getAsInt())) {
      return new Demo(transport, settings, bar).run();
    }
  }
}

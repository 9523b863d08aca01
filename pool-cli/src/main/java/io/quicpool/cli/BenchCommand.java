package io.quicpool.cli;

import io.quicpool.Endpoint;
import io.quicpool.Fingerprint;
import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.QuicTransport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a real peer that echoes, such as {@code quicpool serve} on another machine. */
@Command(
    name = "bench",
    sortOptions = false,
    description = {
      "Measures a peer that echoes every stream, such as quicpool serve on another machine: the"
          + " handshakes of a number of connections, then messages over all of them at once.",
      "The peer is verified by the platform's certificate authorities, unless one of --pin, --ca and"
          + " --insecure says otherwise."
    })
final class BenchCommand implements Callable<Integer> {
  private static final int MOST_CONNECTIONS = 1000;
  private static final int MOST_MESSAGES = 10_000_000;
  private static final int LARGEST = 16 << 20;

  /** The first connections idle while the last ones are dialled. */
  private static final Duration LONGEST_DIALLING = Duration.ofMinutes(10);

  /** Who the peer has to be; at most one of them. */
  static final class Trust {
    @Option(
        names = "--pin",
        order = 6,
        paramLabel = "FINGERPRINT",
        description = "The peer is who holds this key (64 hexadecimal digits, as serve prints).")
    private Optional<String> pin = Optional.empty();

    @Option(
        names = "--ca",
        order = 7,
        paramLabel = "FILE",
        description = "Trust the certificates in this PEM file, and no others.")
    private Optional<Path> authorities = Optional.empty();

    @Option(names = "--insecure", order = 8, description = "Verify nobody. For experiments only.")
    private boolean insecure;
  }

  @Spec private CommandSpec spec;

  @ArgGroup(exclusive = true)
  private Trust trust = new Trust();

  private Optional<Endpoint> endpoint = Optional.empty();
  private int connections;
  private int messages;
  private int size;
  private String transport = "";
  private String alpn = Arguments.DEFAULT_ALPN;

  @Parameters(paramLabel = "HOST:PORT", description = "The peer, such as [2001:db8::1]:4433.")
  void endpoint(String text) {
    endpoint = Optional.of(Arguments.endpoint(spec, "HOST:PORT", text));
  }

  @Option(
      names = "--connections",
      order = 1,
      paramLabel = "N",
      defaultValue = "4",
      description = "Open at once, from 1 to 1000 (default: ${DEFAULT-VALUE}).")
  void connections(int number) {
    connections = Arguments.inRange(spec, "--connections", number, 1, MOST_CONNECTIONS);
  }

  @Option(
      names = "--messages",
      order = 2,
      paramLabel = "N",
      defaultValue = "1000",
      description = "In all, from 1 to 10000000 (default: ${DEFAULT-VALUE}).")
  void messages(int number) {
    messages = Arguments.inRange(spec, "--messages", number, 1, MOST_MESSAGES);
  }

  @Option(
      names = "--size",
      order = 3,
      paramLabel = "BYTES",
      defaultValue = "64",
      description = "Of a message, from 0 to 16777216 (default: ${DEFAULT-VALUE}).")
  void size(int bytes) {
    size = Arguments.inRange(spec, "--size", bytes, 0, LARGEST);
  }

  @Option(
      names = "--transport",
      order = 4,
      paramLabel = "NAME",
      description = "One that quicpool providers lists (default: netty).")
  void transport(String name) {
    transport = name;
  }

  @Option(
      names = "--alpn",
      order = 5,
      paramLabel = "PROTOCOL",
      defaultValue = Arguments.DEFAULT_ALPN,
      description = "The application protocol to ask for (default: ${DEFAULT-VALUE}).")
  void alpn(String protocol) {
    alpn = Arguments.alpn(spec, protocol);
  }

  @Override
  public Integer call() throws IOException, CommandFailedException, InterruptedException {
    Endpoint target = endpoint.orElseThrow();
    QuicTransport stack = Arguments.transport(spec, transport);
    Tls tls = Tls.system();
    Peer identity = Peer.of(target);
    if (trust.pin.isPresent()) {
      tls = Tls.pinning();
      Fingerprint key =
          Arguments.accepted(spec, "--pin", trust.pin.get(), text -> Fingerprint.of(text));
      identity = Peer.pinned(key, target.toString());
    } else if (trust.authorities.isPresent()) {
      tls = Tls.trusting(trust.authorities.get());
    } else if (trust.insecure) {
      tls = Tls.insecure();
      PrintWriter err = spec.commandLine().getErr();
      err.println("quicpool bench: warning: --insecure: the peer is not verified");
      err.flush();
    }
    Arguments.readable(spec, tls);
    Bench.Settings settings = new Bench.Settings(connections, messages, size);
    try (QuicPool pool =
        QuicPool.builder()
            .alpn(alpn)
            .tls(tls)
            .transport(stack)
            .eviction("lru")
            .maxConnections(connections + 1) // and the one that warms up, while it drains
            .idleTimeout(LONGEST_DIALLING)
            .closeAtShutdown(true)
            .open()) {
      print(target, stack, measured(pool, identity, target, settings));
    }
    return ExitCode.OK;
  }

  private Bench.Result measured(
      QuicPool pool, Peer identity, Endpoint target, Bench.Settings settings)
      throws IOException, CommandFailedException, InterruptedException {
    OptionalInt columns = TerminalBar.columns();
    if (columns.isEmpty()) {
      return new Bench(pool, identity, target, settings, Progress.SILENT).run();
    }
    try (TerminalBar bar = TerminalBar.open("bench", connections + messages, columns.getAsInt())) {
      return new Bench(pool, identity, target, settings, bar).run();
    }
  }

  private void print(Endpoint target, QuicTransport stack, Bench.Result result) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%s over %s: %d connections, %d messages of %d bytes, each echoed.%n",
        target, stack.name(), connections, messages, size);
    out.printf(
        "Before them, one connection and %d messages that do not count warm up the JVM.%n%n",
        Math.min(Bench.warmupMessages(), messages));
    Table table = new Table(1, "", "count", "p50", "p95", "p99");
    row(table, "handshake", result.dials());
    row(table, "message, pooled", result.messages());
    out.print(table.render());
    Duration elapsed = result.elapsed();
    double seconds = Math.max(1, elapsed.toNanos()) / 1e9;
    out.printf(
        Locale.ROOT,
        "%n%.0f messages/s, %.2f MB/s each way, in %.2f s.%n",
        messages / seconds,
        (double) messages * size / 1e6 / seconds,
        seconds);
    out.flush();
  }

  private static void row(Table table, String what, Samples samples) {
    table.row(
        what,
        Integer.toString(samples.count()),
        Units.millis(samples.p50()),
        Units.millis(samples.p95()),
        Units.millis(samples.p99()));
  }
}

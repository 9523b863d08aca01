package io.quicpool.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quicpool chaos}: what pools make of peers that are killed, frozen and cut off. */
@Command(
    name = "chaos",
    description = {
      "Starts a cluster of peers, each a process, that message one another while one after the"
          + " other is killed, frozen or cut off; shows what their pools make of it.",
      "Ends with 0 only if every message that was not delivered failed with a typed error within"
          + " its deadline or went down with its killed sender, and all was well again within 5 s"
          + " after each fault. Freezing takes a system with kill -STOP."
    })
final class ChaosCommand implements Callable<Integer> {
  private static final Duration LONGEST = Duration.ofHours(24);

  @Spec private CommandSpec spec;

  private String transport = "";
  private int peers;
  private Duration duration = Duration.ZERO;
  private Optional<Path> jsonPath = Optional.empty();
  private OptionalInt inspect = OptionalInt.empty();

  @Option(
      names = "--seed",
      order = 4,
      paramLabel = "N",
      defaultValue = "1",
      description = "Chooses who is struck (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--transport",
      order = 1,
      paramLabel = "NAME",
      description = "One that quicpool providers lists (default: netty).")
  void transport(String name) {
    transport = name;
  }

  @Option(
      names = "--peers",
      order = 2,
      paramLabel = "N",
      defaultValue = "6",
      description = "Peers, each a process, from 2 to 20 (default: ${DEFAULT-VALUE}).")
  void peers(int number) {
    peers = Arguments.inRange(spec, "--peers", number, 2, 20);
  }

  @Option(
      names = "--duration",
      order = 3,
      paramLabel = "TIME",
      defaultValue = "60s",
      converter = DurationConverter.class,
      description = "For how long faults strike, up to 24h (default: ${DEFAULT-VALUE}).")
  void duration(Duration time) {
    duration = Arguments.atMost(spec, "--duration", time, LONGEST);
  }

  @Option(
      names = "--json",
      order = 5,
      paramLabel = "FILE",
      description = "Also write the result to this file.")
  void json(Path file) {
    jsonPath = Optional.of(file);
  }

  @Option(
      names = "--inspect",
      order = 6,
      arity = "0..1",
      paramLabel = "PORT",
      fallbackValue = Arguments.INSPECT_PORT,
      description =
          "Show the first peer's pool at http://127.0.0.1:PORT/, the next one's at PORT + 1, and so"
              + " on (PORT: ${FALLBACK-VALUE}).")
  void inspect(int port) {
    inspect = OptionalInt.of(Arguments.inRange(spec, "--inspect", port, 1, 65_500));
  }

  @Override
  public Integer call() throws IOException, CommandFailedException, InterruptedException {
    String stack = Arguments.transport(spec, transport).name();
    try (ResultFile json = Arguments.resultFile(spec, "--json", jsonPath)) {
      return run(stack, json);
    }
  }

  private int run(String stack, ResultFile json)
      throws IOException, CommandFailedException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Path folder = Files.createTempDirectory("quicpool-chaos");
    try (Chaos chaos = new Chaos(new Chaos.Settings(stack, peers, duration, seed, inspect), out)) {
      ChaosResult result = chaos.run(folder);
      out.println();
      out.print(result.text());
      out.flush();
      json.write(result::writeJson);
      if (!result.isGood()) {
        throw new CommandFailedException(
            "messages are unexplained, or a fault was not recovered from within "
                + Chaos.RECOVERY.toSeconds()
                + " s");
      }
      return ExitCode.OK;
    } finally {
      delete(folder);
    }
  }

  /** With the members' keys in it. */
  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}

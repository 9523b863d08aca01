package io.quicpool.cli;

import io.quicpool.spi.QuicTransport;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code quicpool soak}: what only shows in the long run. */
@Command(
    name = "soak",
    description = {
      "Talks without a pause over one pool to peers in this process, on links that fail at random,"
          + " and prints once a minute what the process holds.",
      "Ends with 0 only if every failure was typed and in time, no byte was wrong, every peer was"
          + " reached in the end, the books balance, neither threads, descriptors nor direct memory"
          + " grew, and, in runs of an hour and more, the heap did not either."
    })
final class SoakCommand implements Callable<Integer> {
  private static final Duration LONGEST = Duration.ofDays(7);

  @Spec private CommandSpec spec;

  private String transport = "";
  private int peers;
  private Duration duration = Duration.ZERO;

  @Option(
      names = "--seed",
      order = 4,
      paramLabel = "N",
      defaultValue = "1",
      description = "Chooses the faults (default: ${DEFAULT-VALUE}).")
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
      defaultValue = "8",
      description = "Peers, from 2 to 100 (default: ${DEFAULT-VALUE}).")
  void peers(int number) {
    peers = Arguments.inRange(spec, "--peers", number, 2, 100);
  }

  @Option(
      names = "--duration",
      order = 3,
      paramLabel = "TIME",
      defaultValue = "600s",
      converter = DurationConverter.class,
      description = "For how long, up to 168h (default: ${DEFAULT-VALUE}).")
  void duration(Duration time) {
    duration = Arguments.atMost(spec, "--duration", time, LONGEST);
  }

  @Override
  public Integer call() throws IOException, CommandFailedException, InterruptedException {
    QuicTransport stack = Arguments.transport(spec, transport);
    PrintWriter out = spec.commandLine().getOut();
    try (Soak soak = new Soak(stack, peers, duration, seed, out)) {
      SoakResult result = soak.run();
      out.println();
      out.print(result.text());
      out.flush();
      if (!result.isGood()) {
        throw new CommandFailedException("the soak ended badly, see above");
      }
      return ExitCode.OK;
    }
  }
}

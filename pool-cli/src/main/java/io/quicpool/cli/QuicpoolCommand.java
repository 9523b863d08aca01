package io.quicpool.cli;

import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command without a subcommand: only help and version. */
@Command(
    name = "quicpool",
    description = "Shows and measures a pool of QUIC connections.",
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "  0:done",
      "  1:something failed while it ran: one line on standard error says what",
      "  2:the arguments are wrong, or no fitting JDK or Maven was found: one line says why",
      "130:interrupted (Ctrl-C), the usual end of serve; 143: terminated"
    },
    subcommands = {
      DemoCommand.class,
      ServeCommand.class,
      BenchCommand.class,
      ChaosCommand.class,
      ChaosMemberCommand.class,
      SoakCommand.class,
      SimulateEvictionCommand.class,
      ProvidersCommand.class
    })
final class QuicpoolCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      order = 50,
      scope = ScopeType.INHERIT,
      description = "Show stack traces and the log of the library and the QUIC stacks.")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      order = 51,
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and do nothing else.")
  void help(boolean asked) {} // picocli acts on it by itself

  @Option(
      names = {"-V", "--version"},
      order = 52,
      versionHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show versions and do nothing else.")
  void version(boolean asked) {} // as above

  boolean verbose() {
    return verbose;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command must be given: "
            + spec.subcommands().entrySet().stream()
                .filter(command -> !command.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "))
            + " (quicpool --help tells more)");
  }
}

package io.quicpool.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.TypeConversionException;

/**
 * Where the {@code quicpool} command starts. Results go to standard output; progress, warnings and
 * errors to standard error, each error as one line that starts with the command's name.
 */
public final class Main {
  private static final int FULL_WIDTH = 100;

  private Main() {}

  /** Runs the command and ends the JVM with its exit code, whatever threads a stack left behind. */
  public static void main(String[] args) {
    int exitCode =
        run(writer(System.out, "stdout.encoding"), writer(System.err, "stderr.encoding"), args);
    System.exit(exitCode);
  }

  static int run(PrintWriter out, PrintWriter err, String... args) {
    QuicpoolCommand root = new QuicpoolCommand();
    CommandLine commandLine =
        new CommandLine(root)
            .setOut(out)
            .setErr(err)
            .setColorScheme(CommandLine.Help.defaultColorScheme(ansi()))
            .setUsageHelpWidth(FULL_WIDTH)
            .setOverwrittenOptionsAllowed(false)
            .registerConverter(int.class, Main::wholeNumber)
            .setParameterExceptionHandler(badArguments(root))
            .setExecutionExceptionHandler(failure(root))
            .setExecutionStrategy(
                parsed -> {
                  Noise.configure(root.verbose(), err);
                  return new RunLast().execute(parsed);
                });
    int exitCode = commandLine.execute(args);
    out.flush();
    err.flush();
    return exitCode;
  }

  /** Writes what the terminal can read; JDK 17 tells the encoding only for both together. */
  private static PrintWriter writer(PrintStream stream, String encodingProperty) {
    String encoding =
        System.getProperty(encodingProperty, System.getProperty("native.encoding", "UTF-8"));
    return new PrintWriter(new OutputStreamWriter(stream, Charset.forName(encoding)), true);
  }

  private static IParameterExceptionHandler badArguments(QuicpoolCommand root) {
    return (exception, args) -> {
      report(exception.getCommandLine(), exception, root.verbose());
      return ExitCode.USAGE;
    };
  }

  private static IExecutionExceptionHandler failure(QuicpoolCommand root) {
    return (exception, commandLine, parsed) -> {
      report(commandLine, exception, root.verbose());
      return ExitCode.SOFTWARE;
    };
  }

  private static void report(CommandLine commandLine, Exception exception, boolean verbose) {
    PrintWriter err = commandLine.getErr();
    String command = commandLine.getCommandSpec().qualifiedName();
    err.println(command + ": " + Failures.inOneLine(exception));
    if (verbose && !(exception instanceof ParameterException)) {
      exception.printStackTrace(err);
    }
    err.flush();
  }

  private static int wholeNumber(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("must be a whole number, was \"" + text + "\"");
    }
  }

  private static Ansi ansi() {
    return TerminalBar.columns().isPresent() ? Ansi.ON : Ansi.OFF;
  }
}

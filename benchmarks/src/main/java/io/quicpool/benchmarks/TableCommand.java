package io.quicpool.benchmarks;

import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures one table, prints it, and says which targets were reached. */
@Command(mixinStandardHelpOptions = true)
final class TableCommand implements Callable<Integer> {

  /** What is measured. */
  @FunctionalInterface
  interface Measurement {
    void measure(Report report, boolean quick, Progress progress) throws Exception;
  }

  private final String name;
  private final Measurement measurement;

  @Spec private CommandSpec spec;

  @Option(
      names = "--quick",
      description = "Seconds instead of minutes: shows that it runs; the figures mean nothing.")
  private boolean quick;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures there, too.")
  private @Nullable Path json;

  @Option(names = "--svg", paramLabel = "FILE", description = "Draws the tables there, too.")
  private @Nullable Path svg;

  TableCommand(String name, Measurement measurement) {
    this.name = name;
    this.measurement = measurement;
  }

  @Override
  public Integer call() throws Exception {
    Report report = new Report(name);
    try (Progress progress = Progress.open(name)) {
      measurement.measure(report, quick, progress);
    }
    spec.commandLine().getOut().print(report.text());
    spec.commandLine().getOut().flush();
    if (json != null) {
      write(report, json);
    }
    if (svg != null) {
      Files.writeString(svg, report.picture());
    }
    return quick || report.holds() ? 0 : 1;
  }

  private static void write(Report report, Path target) throws IOException {
    try (OutputStream out = Files.newOutputStream(target)) {
      report.writeJson(out);
    }
  }
}

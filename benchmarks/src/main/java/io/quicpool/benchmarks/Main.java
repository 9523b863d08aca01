package io.quicpool.benchmarks;

import io.quicpool.benchmarks.TableCommand.Measurement;
import io.quicpool.benchmarks.core.CrowdTable;
import io.quicpool.benchmarks.core.EvictTable;
import io.quicpool.benchmarks.core.HitTable;
import io.quicpool.benchmarks.core.MemoryTable;
import io.quicpool.benchmarks.net.BulkTable;
import io.quicpool.benchmarks.net.ColdTable;
import io.quicpool.benchmarks.net.HerdTable;
import io.quicpool.benchmarks.net.MessageTable;
import io.quicpool.benchmarks.net.ScaleTable;
import io.quicpool.benchmarks.report.Progress;
import io.quicpool.benchmarks.report.Report;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Starts what {@code benchmarks/run} is asked for. */
@Command(
    name = "benchmarks/run",
    description = "Measures what the pool costs, beside what a user would take instead.",
    mixinStandardHelpOptions = true)
public final class Main {
  private Main() {}

  /** The whole command. */
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    add(line, "hit", "what an acquire and release of a pooled connection costs", HitTable::measure);
    add(line, "evict", "what a dial into a full pool costs", EvictTable::measure);
    add(line, "memory", "what an idle connection keeps on the heap", MemoryTable::measure);
    add(line, "message", "small messages, beside the stacks alone", MessageTable::measure);
    add(line, "bulk", "a large message, beside the stacks alone", BulkTable::measure);
    add(line, "cold", "the first message to a peer, and those after it", ColdTable::measure);
    add(line, "herd", "many callers at once", Main::herd);
    add(line, "scale", "ten thousand live connections", ScaleTable::measure);
    return line;
  }

  private static void herd(Report report, boolean quick, Progress progress) throws Exception {
    HerdTable.measure(report, quick, progress);
    CrowdTable.measure(report, quick, progress);
  }

  private static void add(CommandLine line, String name, String what, Measurement measurement) {
    CommandLine table = new CommandLine(new TableCommand(name, measurement));
    table.getCommandSpec().usageMessage().description("Measures " + what + ".");
    line.addSubcommand(name, table);
  }

  /** Exits with 0 if all targets were reached, 1 if not, 2 after a wrong command line. */
  public static void main(String... args) {
    System.exit(commandLine().execute(args));
  }
}

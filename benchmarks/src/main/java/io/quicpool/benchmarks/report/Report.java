package io.quicpool.benchmarks.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run measured: tables of figures, and the targets that they are held to. Most targets are
 * ratios or counts of the same run.
 */
public final class Report {
  private final String name;
  private final List<Table> tables = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();

  /** Of the command with that name. */
  public Report(String name) {
    this.name = name;
  }

  /** A new table, whose rows have a name and a figure for each column. */
  public Table table(String title, String... columns) {
    Table table = new Table(title, List.of(columns));
    tables.add(table);
    return table;
  }

  /** Holds a figure to the most that it may be. */
  public void atMost(String what, double measured, double limit) {
    targets.add(new Target(what, measured, "<=", limit, measured <= limit));
  }

  /** Holds a figure to the least that it must be. */
  public void atLeast(String what, double measured, double limit) {
    targets.add(new Target(what, measured, ">=", limit, measured >= limit));
  }

  /** Whether every target was reached. */
  public boolean holds() {
    return targets.stream().allMatch(Target::held);
  }

  /** Everything as text, ready for a page of Markdown. */
  public String text() {
    StringBuilder out = new StringBuilder();
    tables.forEach(table -> out.append(table.text()).append('\n'));
    targets.forEach(target -> out.append(target.text()).append('\n'));
    return out.toString();
  }

  /** The tables as a picture, SVG. */
  public String picture() {
    return Bars.of(tables);
  }

  /** Everything as one JSON object. */
  public void writeJson(OutputStream out) throws IOException {
    try (JsonGenerator json = new JsonFactory().createGenerator(out).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("command", name);
      json.writeStringField("java", Runtime.version().toString());
      json.writeNumberField("processors", Runtime.getRuntime().availableProcessors());
      json.writeArrayFieldStart("tables");
      for (Table table : tables) {
        table.writeJson(json);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("targets");
      for (Target target : targets) {
        target.writeJson(json);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }
}

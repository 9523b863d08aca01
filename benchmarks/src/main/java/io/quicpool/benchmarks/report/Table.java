package io.quicpool.benchmarks.report;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Rows of figures under named columns; a figure that was not measured is {@link Double#NaN}. */
public final class Table {
  record Row(String name, List<Double> figures) {}

  private final String title;
  private final List<String> columns;
  private final List<Row> rows = new ArrayList<>();

  Table(String title, List<String> columns) {
    this.title = title;
    this.columns = columns;
  }

  /** Adds a row; it must have a figure for each column. */
  public void row(String name, double... figures) {
    if (figures.length != columns.size()) {
      throw new IllegalArgumentException(
          "a row must have " + columns.size() + " figures, had " + figures.length);
    }
    rows.add(new Row(name, Arrays.stream(figures).boxed().toList()));
  }

  String title() {
    return title;
  }

  List<String> columns() {
    return columns;
  }

  List<Row> rows() {
    return rows;
  }

  String text() {
    List<String[]> lines = new ArrayList<>();
    String[] head = new String[columns.size() + 1];
    head[0] = title;
    Arrays.setAll(head, i -> i == 0 ? title : columns.get(i - 1));
    lines.add(head);
    for (Row row : rows) {
      String[] line = new String[head.length];
      Arrays.setAll(line, i -> i == 0 ? row.name() : number(row.figures().get(i - 1)));
      lines.add(line);
    }
    int[] widths = new int[head.length];
    lines.forEach(line -> Arrays.setAll(widths, i -> Math.max(widths[i], line[i].length())));
    StringBuilder out = new StringBuilder();
    for (String[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        out.append(
            String.format(Locale.ROOT, (i == 0 ? "| %-" : " | %") + widths[i] + "s", line[i]));
      }
      out.append(" |\n");
      if (line == head) {
        for (int i = 0; i < line.length; i++) {
          out.append('|').append("-".repeat(widths[i] + 1)).append(i == 0 ? '-' : ':');
        }
        out.append("|\n");
      }
    }
    return out.toString();
  }

  /** Three digits that count, never an exponent. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "-";
    }
    double magnitude = Math.abs(value);
    int decimals = magnitude >= 100 || value == Math.rint(value) ? 0 : magnitude >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value).replace(',', ' ');
  }

  void writeJson(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("title", title);
    json.writeArrayFieldStart("rows");
    for (Row row : rows) {
      json.writeStartObject();
      json.writeStringField("name", row.name());
      for (int i = 0; i < columns.size(); i++) {
        if (!Double.isNaN(row.figures().get(i))) {
          json.writeNumberField(columns.get(i), row.figures().get(i));
        }
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}

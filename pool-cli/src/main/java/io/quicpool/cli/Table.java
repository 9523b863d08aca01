package io.quicpool.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Text in columns: the first ones to the left, as they hold names, the rest to the right, as they
 * hold numbers. ASCII only, no trailing blanks.
 */
final class Table {
  private static final String GAP = "   ";

  private final int leftColumns;
  private final List<String> head;
  private final List<List<String>> rows = new ArrayList<>();

  Table(int leftColumns, String... head) {
    this.leftColumns = leftColumns;
    this.head = List.of(head);
  }

  Table row(String... cells) {
    if (cells.length != head.size()) {
      throw new IllegalArgumentException(
          "a row must have " + head.size() + " cells, had " + cells.length);
    }
    rows.add(List.of(cells));
    return this;
  }

  /** The lines, each ended by a line feed. */
  String render() {
    int[] widths = new int[head.size()];
    widen(widths, head);
    rows.forEach(row -> widen(widths, row));
    List<String> rule = new ArrayList<>();
    for (int width : widths) {
      rule.add("-".repeat(width));
    }
    StringBuilder out = new StringBuilder();
    line(out, widths, head);
    line(out, widths, rule);
    rows.forEach(row -> line(out, widths, row));
    return out.toString();
  }

  private static void widen(int[] widths, List<String> cells) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], cells.get(i).length());
    }
  }

  private void line(StringBuilder out, int[] widths, List<String> cells) {
    List<String> padded = new ArrayList<>();
    for (int i = 0; i < widths.length; i++) {
      String blanks = " ".repeat(widths[i] - cells.get(i).length());
      padded.add(i < leftColumns ? cells.get(i) + blanks : blanks + cells.get(i));
    }
    out.append(padded.stream().collect(Collectors.joining(GAP)).stripTrailing()).append('\n');
  }
}

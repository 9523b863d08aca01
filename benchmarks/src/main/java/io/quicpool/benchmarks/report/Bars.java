package io.quicpool.benchmarks.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Tables as a picture (SVG): under its title each table has a group of bars for each row, one for
 * each column. Where figures differ widely the bars' lengths are logarithms, and it says so.
 */
final class Bars {
  private static final int WIDTH = 720;
  private static final int NAMES = 190; // left of the bars
  private static final int FIGURES = 90; // right of the longest
  private static final int BAR = 12;
  private static final int GAP = 8;
  private static final int LINE = 18;
  private static final double WIDELY = 30; // times the least
  private static final double LEAST_SHARE = 0.04; // of the longest bar, on a logarithmic scale
  private static final List<String> COLOURS = List.of("#1668b0", "#b04016", "#6a9c3a", "#8a63a8");

  private final StringBuilder shapes = new StringBuilder();
  private int y = GAP;

  private Bars() {}

  static String of(List<Table> tables) {
    Bars bars = new Bars();
    tables.forEach(bars::draw);
    return bars.svg();
  }

  private void draw(Table table) {
    double[] all =
        table.rows().stream()
            .flatMapToDouble(row -> row.figures().stream().mapToDouble(Double::doubleValue))
            .filter(figure -> figure > 0)
            .toArray();
    if (all.length == 0) {
      return;
    }
    double least = DoubleStream.of(all).min().orElseThrow();
    double most = DoubleStream.of(all).max().orElseThrow();
    boolean logarithmic = most > WIDELY * least;
    y += LINE;
    text(GAP, "start", "bold", table.title() + (logarithmic ? " (logarithmic)" : ""));
    y += GAP;
    legend(table.columns());
    for (Table.Row row : table.rows()) {
      for (int column = 0; column < table.columns().size(); column++) {
        double figure = row.figures().get(column);
        y += BAR;
        if (column == 0) {
          text(NAMES - GAP, "end", "normal", row.name());
        }
        if (figure > 0) {
          double share = logarithmic ? logShare(figure, least, most) : figure / most;
          bar(share * (WIDTH - NAMES - FIGURES), colour(column), Table.number(figure));
        }
      }
      y += GAP;
    }
    y += LINE;
  }

  private static double logShare(double figure, double least, double most) {
    return LEAST_SHARE + (1 - LEAST_SHARE) * Math.log(figure / least) / Math.log(most / least);
  }

  private static String colour(int column) {
    return COLOURS.get(column % COLOURS.size());
  }

  private void legend(List<String> columns) {
    int x = NAMES;
    y += BAR;
    for (int column = 0; column < columns.size(); column++) {
      rectangle(x, BAR, colour(column));
      text(x + BAR + GAP / 2, "start", "normal", columns.get(column));
      x += (WIDTH - NAMES) / columns.size();
    }
    y += GAP;
  }

  private void bar(double length, String colour, String figure) {
    rectangle(NAMES, Math.max(1, length), colour);
    text(NAMES + length + GAP / 2, "start", "normal", figure);
  }

  /** One that ends where the line of text does. */
  private void rectangle(double x, double width, String colour) {
    shapes.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%.0f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
            x,
            y - BAR + 2,
            width,
            BAR - 2,
            colour));
  }

  private void text(double x, String anchor, String weight, String text) {
    shapes.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.0f\" y=\"%d\" text-anchor=\"%s\" font-weight=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            weight,
            text.replace("&", "&amp;").replace("<", "&lt;")));
  }

  private String svg() {
    return String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"11\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
            WIDTH,
            y)
        + shapes
        + "</svg>\n";
  }
}

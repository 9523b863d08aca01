package io.quicpool.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A picture of curves, as SVG. */
final class Plot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;
  private static final int MARGIN = 56;
  private static final List<String> COLOURS = List.of("#1668b0", "#1668b0", "#b04016", "#b04016");

  private final String title;
  private final List<String> below = new ArrayList<>();
  private final StringBuilder curves = new StringBuilder();
  private final double[] x; // where each value's mark lies, from 0 to 1
  private final double top;
  private int drawn;

  /** With the values of the horizontal axis, at even distances. */
  Plot(String title, List<String> values, double top) {
    this.title = title;
    this.top = top;
    below.addAll(values);
    x = new double[values.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (double) i / (x.length - 1);
    }
  }

  private static String point(double x, double y) {
    return String.format(
        Locale.ROOT,
        "%.1f,%.1f",
        MARGIN + x * (WIDTH - 2 * MARGIN),
        HEIGHT - MARGIN - y * (HEIGHT - 2 * MARGIN));
  }

  /** Every second curve is dashed. */
  void curve(String name, double[] values) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      points.append(point(x[i], values[i] / top)).append(' ');
    }
    String look =
        "stroke=\""
            + COLOURS.get(drawn % COLOURS.size())
            + "\" stroke-width=\"2\""
            + (drawn % 2 == 1 ? " stroke-dasharray=\"6 4\"" : "");
    int y = 44 + 16 * drawn;
    curves
        .append("<polyline fill=\"none\" ")
        .append(look)
        .append(" points=\"")
        .append(points.toString().strip())
        .append("\"/>\n<line ")
        .append(look)
        .append(" x1=\"70\" x2=\"100\" y1=\"" + y + "\" y2=\"" + y + "\"/>\n")
        .append(text(106, y + 4, "start", name));
    drawn++;
  }

  private static String text(double x, double y, String anchor, String text) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>%n",
        x,
        y,
        anchor,
        text);
  }

  String svg() {
    StringBuilder svg =
        new StringBuilder(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
                + WIDTH
                + " "
                + HEIGHT
                + "\" font-family=\"sans-serif\" font-size=\"12\">\n"
                + "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    svg.append(text(WIDTH / 2.0, 20, "middle", title));
    for (int part = 0; part <= 4; part++) {
      double y = part / 4.0;
      svg.append("<polyline stroke=\"#ccc\" points=\"")
          .append(point(0, y))
          .append(' ')
          .append(point(1, y))
          .append("\"/>\n")
          .append(
              text(
                  MARGIN - 8,
                  HEIGHT - MARGIN - y * (HEIGHT - 2 * MARGIN) + 4,
                  "end",
                  String.format(Locale.ROOT, "%.0f", y * top)));
    }
    for (int i = 0; i < x.length; i++) {
      if (!below.get(i).isEmpty()) {
        svg.append(
            text(
                MARGIN + x[i] * (WIDTH - 2 * MARGIN),
                HEIGHT - MARGIN + 18,
                "middle",
                below.get(i)));
      }
    }
    return svg.append(curves).append("</svg>\n").toString();
  }
}

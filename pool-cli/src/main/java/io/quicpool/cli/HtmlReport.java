package io.quicpool.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A page that needs nothing else: text, tables, and plots (by uPlot, which is written into it), so
 * that it can be sent to somebody and still be read in years.
 */
final class HtmlReport {
  private final StringBuilder body = new StringBuilder();
  private final String title;

  /** A line of a plot, by the points of its x-axis. */
  record Line(String label, List<Double> y) {}

  /** What a plot's axes show. */
  record Axes(String x, boolean logX, String y, boolean logY) {}

  HtmlReport(String title) {
    this.title = title;
    body.append("<h1>").append(escaped(title)).append("</h1>\n");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }

  HtmlReport heading(String text) {
    body.append("<h2>").append(escaped(text)).append("</h2>\n");
    return this;
  }

  HtmlReport paragraph(String text) {
    body.append("<p>").append(escaped(text)).append("</p>\n");
    return this;
  }

  HtmlReport table(List<String> head, List<List<String>> rows) {
    body.append("<table>\n");
    row("th", head);
    rows.forEach(cells -> row("td", cells));
    body.append("</table>\n");
    return this;
  }

  private void row(String kind, List<String> cells) {
    body.append("<tr>");
    for (String cell : cells) {
      body.append('<').append(kind).append('>');
      body.append(escaped(cell)).append("</").append(kind).append('>');
    }
    body.append("</tr>\n");
  }

  HtmlReport plot(String caption, Axes axes, List<Double> x, List<Line> lines) throws IOException {
    StringWriter data = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(data)) {
      json.writeStartObject();
      json.writeStringField("xLabel", axes.x());
      json.writeBooleanField("logX", axes.logX());
      json.writeStringField("yLabel", axes.y());
      json.writeBooleanField("logY", axes.logY());
      numbers(json, "x", x);
      json.writeArrayFieldStart("lines");
      for (Line line : lines) {
        json.writeStartObject();
        json.writeStringField("label", line.label());
        numbers(json, "y", line.y());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    body.append("<figure><figcaption>").append(escaped(caption)).append("</figcaption>\n");
    body.append("<script type=\"application/json\" class=\"plot\">");
    body.append(data.toString().replace("<", "\\u003c")).append("</script>\n</figure>\n");
    return this;
  }

  private static void numbers(JsonGenerator json, String name, List<Double> numbers)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (double number : numbers) {
      json.writeNumber(number);
    }
    json.writeEndArray();
  }

  void writeTo(OutputStream target) throws IOException {
    String page =
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        """
            + element("title", escaped(title))
            + element("style", resource("uPlot.min.css") + resource("report.css"))
            + "</head>\n"
            + element(
                "body",
                body
                    + element("script", resource("uPlot.iife.min.js"))
                    + element("script", resource("report.js")))
            + "</html>\n";
    target.write(page.getBytes(StandardCharsets.UTF_8));
  }

  private static String element(String name, String content) {
    return "<" + name + ">" + content + "</" + name + ">\n";
  }

  private static String resource(String name) throws IOException {
    try (InputStream file = HtmlReport.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IOException("the file " + name + " is missing from the artefact");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}

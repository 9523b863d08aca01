package io.quicpool.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The documented table and the dashboard, against the metrics that there are. */
class DashboardTest {
  private static final Pattern NAME = Pattern.compile("\\bquicpool_[a-z_]+");
  private static final Pattern SAMPLE = Pattern.compile("(?m)^(quicpool_[a-z_]+)[{ ]");
  private static final Pattern EXPRESSION = Pattern.compile("\"expr\": \"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(quicpool\\.[a-z.]+)` \\|");
  private static final Path DOCS = Path.of("..", "docs");

  private static Set<String> all(Pattern pattern, String text, int group) {
    Set<String> found = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(group));
    }
    return found;
  }

  @Test
  void eachQueryNamesMetricsThatExist() throws Exception {
    String dashboard = Files.readString(DOCS.resolve("grafana.json"));
    try (Scraped scraped = new Scraped()) {
      Set<String> samples = all(SAMPLE, scraped.text(), 1);
      Set<String> queries = all(EXPRESSION, dashboard, 1);
      assertFalse(queries.isEmpty());
      assertTrue(samples.containsAll(all(NAME, dashboard, 0)), "what its variables list, too");
      for (String query : queries) {
        Set<String> names = all(NAME, query, 0);
        assertFalse(names.isEmpty(), query);
        for (String name : names) {
          assertTrue(
              samples.contains(name), () -> name + " of " + query + " is none of " + samples);
        }
      }
    }
  }

  @Test
  void theTableInTheDocumentationIsComplete() throws Exception {
    Set<String> documented = all(ROW, Files.readString(DOCS.resolve("watching.md")), 1);
    try (Scraped scraped = new Scraped()) {
      Set<String> bases = new TreeSet<>();
      for (String sample : all(SAMPLE, scraped.text(), 1)) {
        bases.add(sample.replaceAll("_seconds_(count|sum|max)$", "").replaceAll("_total$", ""));
      }
      Set<String> expected = new TreeSet<>();
      documented.forEach(name -> expected.add(name.replace('.', '_')));
      assertEquals(expected, bases);
    }
  }
}

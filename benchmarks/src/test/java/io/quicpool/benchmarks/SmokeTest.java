package io.quicpool.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;

/** Every table runs; what its figures are is not looked at here. */
class SmokeTest {
  @TempDir private Path folder;

  static Iterable<String> tables() {
    return Main.commandLine().getSubcommands().keySet();
  }

  @ParameterizedTest
  @MethodSource("tables")
  void printsATableAndWritesAndDrawsIt(String table) throws Exception {
    StringWriter out = new StringWriter();
    Path json = folder.resolve("figures.json");
    Path svg = folder.resolve("figures.svg");

    int status =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .execute(table, "--quick", "--json", json.toString(), "--svg", svg.toString());

    assertEquals(0, status);
    assertTrue(out.toString().startsWith("| "), out::toString);
    assertTrue(Files.readString(json).contains("\"command\" : \"" + table + "\""));
    Document picture =
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile());
    assertTrue(picture.getElementsByTagName("rect").getLength() > 1, "there are bars");
  }
}

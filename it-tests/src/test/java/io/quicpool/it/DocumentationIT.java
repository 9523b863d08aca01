package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The code that the documentation and the public Javadoc show is code that compiles: each block's
 * lines are found, in their order, in one of the samples, consumers and examples.
 */
class DocumentationIT {
  private static final Path ROOT = Path.of("..");
  private static final Pattern FENCED = Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL);
  private static final Pattern IN_JAVADOC =
      Pattern.compile("<pre>\\{@code\\R(.*?)\\R\\s*\\* \\}</pre>", Pattern.DOTALL);
  private static final List<String> COMPILED =
      List.of("it-tests/src/consumer", "it-tests/src/test/java", "examples");
  private static final int PUBLIC_MODULES = 5;

  /** Something shown, and where. */
  private record Block(String where, String code) {}

  @TestFactory
  Stream<DynamicTest> everyBlockCompiles() throws IOException {
    List<String> compiled = new ArrayList<>();
    for (String folder : COMPILED) {
      for (Path file : below(ROOT.resolve(folder), ".java")) {
        compiled.add(dense(Files.readString(file)));
      }
    }
    return blocks().stream()
        .map(
            block ->
                dynamicTest(
                    block.where(),
                    () ->
                        assertTrue(
                            compiled.stream().anyMatch(source -> holds(source, block.code())),
                            () -> "in no compiled source, or not in that order: " + block.code())));
  }

  private static List<Block> blocks() throws IOException {
    List<Block> blocks = new ArrayList<>();
    List<Path> pages = new ArrayList<>(below(ROOT.resolve("docs"), ".md"));
    pages.add(ROOT.resolve("README.md"));
    for (Path page : pages) {
      collect(page, Files.readString(page), FENCED, blocks);
    }
    int modules = 0;
    try (Stream<Path> folders = Files.list(ROOT)) {
      for (Path module :
          folders.filter(f -> f.getFileName().toString().startsWith("pool-")).toList()) {
        modules++;
        for (Path file : below(module.resolve("src/main/java"), ".java")) {
          collect(file, Files.readString(file), IN_JAVADOC, blocks);
        }
      }
    }
    assertTrue(modules >= PUBLIC_MODULES && blocks.size() > modules, "what was looked through");
    return blocks;
  }

  private static void collect(Path file, String text, Pattern pattern, List<Block> into) {
    Matcher block = pattern.matcher(text);
    while (block.find()) {
      String code = block.group(1).replaceAll("(?m)^\\s*\\* ?", "");
      if (!code.startsWith("module ")) { // a descriptor needs its module's own name
        into.add(new Block(file.getFileName() + ": " + code.lines().findFirst().orElse(""), code));
      }
    }
  }

  private static boolean holds(String source, String code) {
    int from = 0;
    for (String line : code.split("\\R")) {
      String wanted = dense(line).replace("...", "");
      int found = source.indexOf(wanted, from);
      if (found < 0) {
        return false;
      }
      from = found + wanted.length();
    }
    return true;
  }

  /** Without comments at the ends of lines, and without white space. */
  private static String dense(String java) {
    return java.replaceAll("(?m)\\s//.*$", "").replaceAll("\\s", "");
  }

  private static List<Path> below(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .filter(file -> !file.toString().contains("target"))
          .toList();
    }
  }
}

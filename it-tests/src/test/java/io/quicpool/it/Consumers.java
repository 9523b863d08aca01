package io.quicpool.it;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * The little modules under {@code src/consumer/java}: what users and providers write. They are
 * compiled against the API's jar alone, as a module and, without their descriptor, for the class
 * path; a warning fails.
 */
final class Consumers {
  private static final Path SOURCES = Path.of("src", "consumer", "java");
  private static final String DESCRIPTOR = "module-info.java";

  private final Path into;

  Consumers(Path into) {
    this.into = into;
  }

  static Path source(String module, String file) {
    return SOURCES.resolve(module).resolve(file);
  }

  /** Compiles a module; returns the folder to put on the module path. */
  Path module(String name) throws IOException {
    Path nothing = Files.createDirectories(into.resolve("nothing")); // else javac takes ours
    return compile(
        name,
        List.of("--module-path", Jars.api().toString(), "--class-path", nothing.toString()),
        into.resolve("modules").resolve(name),
        true);
  }

  /** Compiles a module's classes without its descriptor; returns the folder for the class path. */
  Path classes(String name) throws IOException {
    return compile(
        name,
        List.of("--class-path", Jars.api().toString()),
        into.resolve("classes").resolve(name),
        false);
  }

  private static Path compile(String name, List<String> paths, Path output, boolean descriptor)
      throws IOException {
    if (Files.isDirectory(output)) {
      return output; // compiled by an earlier test
    }
    Path root = SOURCES.resolve(name);
    List<String> arguments =
        new ArrayList<>(List.of("-Xlint:all", "-Werror", "--release", "17", "-encoding", "UTF-8"));
    arguments.addAll(paths);
    arguments.addAll(List.of("-d", output.toString()));
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> descriptor || !file.endsWith(DESCRIPTOR))
          .map(Path::toString)
          .forEach(arguments::add);
    }
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int status =
        ToolProvider.findFirst("javac")
            .orElseThrow(() -> new IllegalStateException("the tests need a JDK with javac"))
            .run(out, out, arguments.toArray(new String[0]));
    if (status != 0 || !said.toString().isEmpty()) {
      throw new AssertionError(name + " must compile without a word, javac said: " + said);
    }
    Path services = root.resolve("META-INF");
    if (!descriptor && Files.isDirectory(services)) {
      copy(services, output.resolve("META-INF"));
    }
    return output;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}

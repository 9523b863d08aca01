package io.quicpool.core;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;

/**
 * A program of these tests in a JVM of its own, on the class path, where other classes can take the
 * place of the core's, and where a model checker's agent disturbs nobody else.
 */
record Forked(int status, String output) {
  private static final long PATIENCE_SECONDS = 300;
  private static final Path SOURCES = Path.of("src/main/java/io/quicpool/core");

  /** Runs a main class, with the classes in a folder before all others. */
  static Forked run(Path first, List<String> options, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>(List.of(java));
    command.addAll(options);
    command.addAll(List.of("-cp", first + File.pathSeparator + classPath(), main.getName()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private static Forked run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("quicpool-forked", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("did not end within " + PATIENCE_SECONDS + " s: " + command);
      }
      return new Forked(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
      Files.delete(output);
    }
  }

  /** Compiles one of the core's classes from a changed source into a folder. */
  static void compile(String file, String from, String to, Path into) throws IOException {
    Path source = Files.createDirectories(into.resolve("source")).resolve(file);
    Files.writeString(source, changed(file, from, to));
    compile(List.of(source), into);
  }

  /** One of the core's sources with something else in the place of a text that it has once. */
  static String changed(String file, String from, String to) throws IOException {
    String source = Files.readString(SOURCES.resolve(file));
    int at = source.indexOf(from);
    if (at < 0 || source.indexOf(from, at + 1) >= 0) {
      throw new AssertionError(file + " must have this once: " + from);
    }
    return source.substring(0, at) + to + source.substring(at + from.length());
  }

  /** Compiles some of the core's classes into a folder as they are. */
  static void compileUnchanged(Set<String> files, Path into) throws IOException {
    compile(files.stream().map(SOURCES::resolve).toList(), into);
  }

  private static void compile(List<Path> sources, Path into) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of("-nowarn", "-proc:none", "-cp", classPath(), "-d", into.toString()));
    sources.forEach(source -> arguments.add(source.toString()));
    StringWriter output = new StringWriter();
    PrintWriter said = new PrintWriter(output);
    int status =
        ToolProvider.findFirst("javac") // here, where it is warm after the first time
            .orElseThrow()
            .run(said, said, arguments.toArray(String[]::new));
    if (status != 0) {
      throw new AssertionError(sources + " must compile: " + output);
    }
  }

  /** What this JVM has on its module path and class path, tests included. */
  private static String classPath() {
    try {
      return String.join(
          File.pathSeparator,
          Path.of("target/classes").toRealPath().toString(),
          Path.of("target/test-classes").toRealPath().toString(),
          System.getProperty("jdk.module.path", ""),
          System.getProperty("java.class.path", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

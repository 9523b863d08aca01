package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Runs a program in a JVM of its own and takes down what it prints. Not thread-safe. */
final class ChildJvm {
  private static final int SECONDS = 60;

  private final Jdk jdk;
  private final List<String> command = new ArrayList<>();

  /** What became of a program. */
  record Outcome(int exit, List<String> out, String err) {

    /** Fails unless it ended well and printed nothing to its standard error. */
    Outcome silent() {
      assertEquals("", err, "standard error");
      assertEquals(0, exit, () -> "exit code, after " + out);
      return this;
    }
  }

  private ChildJvm(Jdk jdk) {
    this.jdk = jdk;
    command.add(jdk.java().toString());
    command.add("-Xshare:auto");
    command.add("-XX:TieredStopAtLevel=1"); // short programs
  }

  static ChildJvm of(Jdk jdk) {
    return new ChildJvm(jdk);
  }

  ChildJvm flags(List<String> flags) {
    command.addAll(flags);
    return this;
  }

  /** Adds the flags that are documented for a transport. */
  ChildJvm flagsFor(String transport, boolean onModulePath) {
    return flags(jdk.flags(transport, onModulePath));
  }

  Outcome runModule(List<Path> path, String module, String main, List<String> arguments)
      throws IOException, InterruptedException {
    command.addAll(List.of("-p", joined(path), "-m", module + "/" + main));
    return run(arguments);
  }

  Outcome runClass(List<Path> path, String main, List<String> arguments)
      throws IOException, InterruptedException {
    command.addAll(List.of("-cp", joined(path), main));
    return run(arguments);
  }

  static String joined(List<Path> path) {
    return path.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private Outcome run(List<String> arguments) throws IOException, InterruptedException {
    command.addAll(arguments);
    Path out = Files.createTempFile("quicpool-it", ".out");
    Path err = Files.createTempFile("quicpool-it", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
      Process process = builder.start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            "the child did not end within " + SECONDS + " s: " + Files.readString(out) + err);
      }
      return new Outcome(process.exitValue(), Files.readAllLines(out), Files.readString(err));
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }
}

package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher script, with scripts in the place of Maven and the JVM. */
@DisabledOnOs(OS.WINDOWS)
final class LauncherTest {
  private static final String MVN =
      """
      #!/bin/sh
      echo "$*" >> "$FAKE_CALLS"
      for argument in "$@"; do
        case $argument in -Dquicpool.dist=*) lib=${argument#*=} ;; esac
      done
      echo "[INFO] Building quicpool something 1.0          [1/1]"
      if [ -n "${FAKE_FAILURE:-}" ]; then
        echo "[ERROR] $FAKE_FAILURE"
        exit 1
      fi
      sleep 0.3
      mkdir -p "$lib" && : > "$lib/netty-common-1.jar"
      """;

  @TempDir private Path folder;
  private Path project;
  private Path tools;
  private Path jdk;
  private Path calls;

  /** How a run of the script ended. */
  private record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void makeProject() throws Exception {
    project = Files.createDirectories(folder.resolve("a folder/quicpool of mine"));
    tools = Files.createDirectories(folder.resolve("tools"));
    jdk = Files.createDirectories(folder.resolve("a jdk"));
    calls = folder.resolve("calls");
    Files.createDirectories(project.resolve("pool-cli/src/main"));
    Files.writeString(project.resolve("pom.xml"), "");
    Files.writeString(project.resolve("pool-cli/pom.xml"), "");
    script(project.resolve("quicpool"), Files.readString(Path.of("..", "quicpool")));
    script(tools.resolve("mvn"), MVN);
    Files.createDirectories(jdk.resolve("bin"));
    script(jdk.resolve("bin/java"), "#!/bin/sh\nfor a in \"$@\"; do echo \"<$a>\"; done\n");
    script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
    release("17.0.1");
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void release(String version) throws IOException {
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
  }

  private Process start(Path script, String... args) throws IOException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("QUICPOOL_"));
    builder.environment().remove("MAVEN_ARGS");
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().put("PATH", tools + ":" + System.getenv("PATH"));
    builder.environment().put("FAKE_CALLS", calls.toString());
    environment.accept(builder);
    return builder.start();
  }

  private java.util.function.Consumer<ProcessBuilder> environment = builder -> {};

  private static Run ended(Process process) throws Exception {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return new Run(process.exitValue(), out, err);
  }

  private Run run(String... args) throws Exception {
    return ended(start(project.resolve("quicpool"), args));
  }

  private List<String> builds() throws IOException {
    return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
  }

  @Test
  void buildsOnFirstUseAndRunsFromAnyFolderAndThroughLinks() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), project.resolve("quicpool"));
    Path second = Files.createSymbolicLink(folder.resolve("second link"), Path.of("link"));
    Run first = ended(start(second, "demo", "--json", "a b"));
    assertEquals(0, first.exitCode(), first::err);
    assertTrue(first.err().contains("quicpool: building quicpool something 1.0 [1/1]"), first::err);
    assertTrue(first.out().endsWith("<demo>\n<--json>\n<a b>\n"), first::out);
    assertTrue(first.out().contains("<io.quicpool.cli/io.quicpool.cli.Main>"), first::out);
    Run again = ended(start(link));
    assertEquals("", again.err());
    assertEquals(1, builds().size());
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    run();
    Path source = Files.writeString(project.resolve("pool-cli/src/main/New.java"), "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(1)));
    run();
    assertEquals(2, builds().size());
  }

  @Test
  void severalAtOnceBuildOnce() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      processes.add(start(project.resolve("quicpool"), "run-" + i));
    }
    for (int i = 0; i < 4; i++) {
      Run run = ended(processes.get(i));
      assertEquals(0, run.exitCode(), run::err);
      assertTrue(run.out().endsWith("<run-" + i + ">\n"), run::out);
    }
    assertEquals(1, builds().size());
    assertFalse(Files.exists(project.resolve("target/quicpool.lock")));
  }

  @Test
  void theLockOfADeadProcessIsTaken() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.createDirectories(project.resolve("target"));
    Files.createSymbolicLink(
        project.resolve("target/quicpool.lock"), Path.of(Long.toString(dead.pid())));
    assertEquals(0, run().exitCode());
    assertEquals(1, builds().size());
  }

  @Test
  void aFailedBuildTellsWhyAndWhereTheLogIs() throws Exception {
    environment = builder -> builder.environment().put("FAKE_FAILURE", "no network");
    Run run = run();
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("the build failed: no network (log: " + project), run::err);
    assertTrue(Files.readString(project.resolve("target/quicpool-build.log")).contains("ERROR"));
    environment = builder -> {};
    assertEquals(0, run().exitCode());
  }

  @Test
  void mavenGetsTheArgumentsOfBothVariablesOnce() throws Exception {
    environment =
        builder -> {
          builder.environment().put("MAVEN_ARGS", "-Done=1 -o");
          builder.environment().put("QUICPOOL_MVN_OPTS", "-Dtwo=2");
        };
    assertEquals(0, run().exitCode());
    assertTrue(builds().get(0).startsWith("-B -Done=1 -o -Dtwo=2 "), () -> calls.toString());
  }

  @Test
  void flagsArePassedOnlyToTheJdksThatWarn() throws Exception {
    assertFalse(run().out().contains("native-access"));
    release("25.0.1");
    String newer = run().out();
    assertTrue(newer.contains("<--enable-native-access=io.netty.common>"), newer);
    assertTrue(newer.contains("<--sun-misc-unsafe-memory-access=allow>"), newer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"11.0.2", "1.8.0_392", "16"})
  void anOldJdkIsOneLine(String version) throws Exception {
    release(version);
    refusedWith("a JDK of version 17 or newer is needed, ");
  }

  @Test
  void aMissingJdkOrMavenIsOneLine() throws Exception {
    environment = builder -> builder.environment().put("JAVA_HOME", "/no such jdk");
    refusedWith("JAVA_HOME must be a JDK of version 17 or newer, but /no such jdk/bin/java is not");
    Path few = Files.createDirectories(folder.resolve("few tools"));
    for (String tool : List.of("readlink", "dirname", "find", "head", "sed")) {
      Path found =
          List.of("/usr/bin/", "/bin/").stream()
              .map(bin -> Path.of(bin + tool))
              .filter(Files::exists)
              .findFirst()
              .orElseThrow();
      Files.createSymbolicLink(few.resolve(tool), found);
    }
    environment = builder -> builder.environment().put("PATH", few.toString());
    refusedWith("Maven is needed to build quicpool on first use: put mvn on the PATH");
    environment =
        builder -> {
          builder.environment().put("PATH", few.toString());
          builder.environment().remove("JAVA_HOME");
        };
    refusedWith("a JDK of version 17 or newer is needed: set JAVA_HOME, or put java on the PATH");
  }

  private void refusedWith(String message) throws Exception {
    Run run = run();
    assertEquals(2, run.exitCode(), run::err);
    assertTrue(run.err().startsWith("quicpool: " + message), run::err);
    assertEquals(1, run.err().lines().count(), run::err);
    assertEquals(List.of(), builds());
  }
}

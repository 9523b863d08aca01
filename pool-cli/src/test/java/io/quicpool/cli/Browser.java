package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/** A Chromium without a screen. */
final class Browser {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  private static final int SECONDS = 60;

  private final Path program;
  private final Path folder;

  private Browser(Path program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /** The one on the path that works; without one, the tests that need it are skipped. */
  static Browser find(Path folder) throws IOException, InterruptedException {
    Optional<Path> program =
        List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)).stream()
            .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
            .filter(Files::isExecutable)
            .findFirst();
    Browser browser =
        new Browser(
            program.orElseThrow(
                () -> new TestAbortedException("a browser is needed: install chromium")),
            folder);
    Path trial = Files.writeString(folder.resolve("trial.html"), "<p>it works</p>");
    try {
      assertTrue(browser.open(trial.toUri()).contains("it works"));
    } catch (AssertionError e) { // a stub that installs one, say, or one that may not read files
      throw new TestAbortedException("a browser that works is needed: install chromium", e);
    }
    return browser;
  }

  /** The elements of a page after some seconds of its time; it must not complain. */
  String open(URI page) throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "page", ".html");
    Path err = Files.createTempFile(folder, "page", ".log");
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(
        List.of(
            "--headless",
            "--no-sandbox", // root may not have one; the page is ours
            "--disable-gpu",
            "--no-first-run",
            "--user-data-dir=" + folder.resolve("profile"),
            "--virtual-time-budget=3500",
            "--enable-logging=stderr",
            "--dump-dom",
            page.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError("the browser must end within " + SECONDS + " s");
    }
    String said = Files.readString(err);
    assertEquals(0, process.exitValue(), said);
    assertEquals("", said.lines().filter(line -> line.contains("CONSOLE")).findFirst().orElse(""));
    return Files.readString(out);
  }
}

package io.quicpool.it;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * A Maven build of a project that uses this one, as a stranger's would: against the built artefacts
 * in a local repository.
 *
 * <p>That repository is the outer build's, by symbolic links (what is downloaded goes there),
 * except for {@code io.quicpool}, which holds what the tests have on their own path: nothing that
 * was installed before is taken by mistake, and nothing of ours is installed.
 */
final class NestedBuild {
  private static final Path ROOT = Path.of("..");
  private static final Path WORK = Path.of("target", "nested").toAbsolutePath();
  private static final String GROUP = "quicpool";
  private static final Pattern ARTEFACT =
      Pattern.compile("<artifactId>quicpool-([^<]+)</artifactId>");
  private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");
  private static final int MINUTES = 5;

  private NestedBuild() {}

  /** Copies a project into a folder of its own, builds it there, and returns that folder. */
  static Path verify(Path project, Jdk jdk) throws IOException, InterruptedException {
    Path folder = WORK.resolve(project.getFileName());
    delete(folder);
    copySources(project, folder);
    Files.createDirectories(folder.resolve(".mvn")); // else Maven takes this project's settings
    Path log = WORK.resolve(project.getFileName() + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command(folder)).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", jdk.home().toString());
    Process maven = builder.start();
    if (!maven.waitFor(MINUTES, TimeUnit.MINUTES)) {
      maven.destroyForcibly().waitFor();
      throw new AssertionError("the build did not end within " + MINUTES + " minutes, see " + log);
    }
    if (maven.exitValue() != 0) {
      throw new AssertionError("the build failed: " + Files.readString(log));
    }
    return folder;
  }

  private static List<String> command(Path folder) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(outer("home"), "bin", WINDOWS ? "mvn.cmd" : "mvn").toString());
    command.addAll(List.of("-B", "-ntp", "-f", folder.toString()));
    command.add("-Dmaven.repo.local=" + repository());
    Path settings = Path.of(outer("settings").substring("at ".length()));
    if (Files.exists(settings)) {
      command.addAll(List.of("-s", settings.toString()));
    }
    if (outer("offline").equals("is true")) {
      command.add("-o");
    }
    command.add("verify");
    return command;
  }

  /** What the outer build says of itself. */
  private static String outer(String what) {
    String value = System.getProperty("outer.maven." + what);
    if (value == null) {
      throw new IllegalStateException(
          "outer.maven." + what + " must be set, as the build does it (run: mvn verify)");
    }
    return value;
  }

  private static Path repository() throws IOException {
    Path repository = WORK.resolve("repository");
    Path outer = Path.of(outer("repository"));
    delete(repository);
    link(outer, repository, "io");
    link(outer.resolve("io"), repository.resolve("io"), GROUP);
    Path ours = repository.resolve("io").resolve(GROUP);
    String api = Jars.api().getFileName().toString();
    String version = api.substring("quicpool-api-".length(), api.length() - ".jar".length());
    Path bom = ROOT.resolve("bom/target/flattened-pom.xml");
    install(ours, "parent", version, ROOT.resolve("pom.xml"), "pom");
    install(ours, "bom", version, bom, "pom");
    Matcher artefact = ARTEFACT.matcher(Files.readString(bom));
    while (artefact.find()) {
      String name = artefact.group(1);
      if (!name.equals("bom")) {
        install(ours, name, version, Jars.artefact(name), "jar");
        install(ours, name, version, folder(name).resolve("pom.xml"), "pom");
      }
    }
    return repository;
  }

  private static Path folder(String artefact) {
    Path folder = ROOT.resolve(artefact);
    return Files.isDirectory(folder) ? folder : ROOT.resolve("pool-" + artefact);
  }

  private static void install(Path group, String name, String version, Path file, String type)
      throws IOException {
    String artefact = "quicpool-" + name;
    Path folder = Files.createDirectories(group.resolve(artefact).resolve(version));
    Files.copy(file, folder.resolve(artefact + "-" + version + "." + type));
  }

  /** Links to all that lies in a folder but for one name. */
  private static void link(Path from, Path to, String except) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> entries = Files.list(from)) {
      for (Path entry : entries.filter(e -> !e.endsWith(except)).toList()) {
        Files.createSymbolicLink(to.resolve(entry.getFileName()), entry.toAbsolutePath());
      }
    } catch (FileSystemException e) {
      if (WINDOWS) { // where it is a privilege
        throw new TestAbortedException("symbolic links cannot be made here, so no nested build", e);
      }
      throw e;
    }
  }

  private static void copySources(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path relative = from.relativize(file);
        if (!relative.toString().contains("target")) {
          if (Files.isDirectory(file)) {
            Files.createDirectories(to.resolve(relative));
          } else {
            Files.copy(file, to.resolve(relative));
          }
        }
      }
    }
  }

  /** Links are deleted, not followed. */
  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}

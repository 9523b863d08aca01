package io.quicpool.it;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A JDK to run a child with.
 *
 * @param home its folder
 * @param feature its feature version, such as 17
 */
record Jdk(Path home, int feature) {

  static Jdk current() {
    return new Jdk(Path.of(System.getProperty("java.home")), Runtime.version().feature());
  }

  /** A JDK of another feature version: that of {@code JAVA25_HOME}, or one beside this one. */
  static Optional<Jdk> another() throws IOException {
    List<Path> candidates = new ArrayList<>();
    Optional.ofNullable(System.getenv("JAVA25_HOME")).map(Path::of).ifPresent(candidates::add);
    Path siblings = current().home().toRealPath().getParent();
    if (siblings != null) {
      try (Stream<Path> folders = Files.list(siblings)) {
        folders.sorted(Comparator.reverseOrder()).forEach(candidates::add);
      }
    }
    return candidates.stream()
        .flatMap(home -> read(home).stream())
        .filter(jdk -> jdk.feature() >= 17 && jdk.feature() != current().feature())
        .findFirst();
  }

  /** This JDK where it has virtual threads, else another that has them, else this one. */
  static Jdk withVirtualThreadsIfAny() throws IOException {
    Jdk current = current();
    return current.hasVirtualThreads()
        ? current
        : another().filter(Jdk::hasVirtualThreads).orElse(current);
  }

  boolean hasVirtualThreads() {
    return feature >= 21;
  }

  private static Optional<Jdk> read(Path home) {
    Properties release = new Properties();
    if (!Files.isExecutable(home.resolve("bin/java"))) {
      return Optional.empty();
    }
    try (Reader in = Files.newBufferedReader(home.resolve("release"))) {
      release.load(in);
      String version = release.getProperty("JAVA_VERSION", "").replace("\"", "");
      return Optional.of(new Jdk(home, Runtime.Version.parse(version).feature()));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty(); // not a JDK, or one that does not say of which version
    }
  }

  Path java() {
    return home.resolve("bin").resolve("java");
  }

  /** The flags that a JVM needs so that it prints nothing about a transport's native code. */
  List<String> flags(String transport, boolean onModulePath) {
    List<String> flags = new ArrayList<>();
    if (transport.startsWith("netty")) {
      if (feature >= 22) {
        flags.add("--enable-native-access=" + (onModulePath ? "io.netty.common" : "ALL-UNNAMED"));
      }
      if (feature >= 24) {
        flags.add("--sun-misc-unsafe-memory-access=allow");
      }
    }
    if (transport.equals("netty42x") && onModulePath) { // its native modules are required by nobody
      flags.add("--add-modules=ALL-MODULE-PATH");
    }
    return flags;
  }
}

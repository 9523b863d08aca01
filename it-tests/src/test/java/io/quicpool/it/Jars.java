package io.quicpool.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The jars under test, as Maven put them on the class path: built ones, never class folders. */
final class Jars {
  static final List<String> NATIVE = List.of("netty-incubator-codec-native-quic-");
  private static final List<String> NETTY = List.of("quicpool-transport-netty-", "netty-");
  private static final List<String> KWIK =
      List.of("quicpool-transport-kwik-", "kwik-", "agent15-", "hkdf-", "io.whitfin.siphash-");

  private Jars() {}

  private static List<Path> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .toList();
  }

  private static List<Path> startingWith(List<String> prefixes) {
    List<Path> jars =
        classPath().stream()
            .filter(jar -> prefixes.stream().anyMatch(jar.getFileName().toString()::startsWith))
            .toList();
    if (jars.isEmpty() || !jars.stream().allMatch(Files::isRegularFile)) {
      throw new IllegalStateException(
          "the class path must hold the built jars "
              + prefixes
              + " (run: mvn verify), was "
              + jars);
    }
    return jars;
  }

  /** The jar of one of this project's artefacts, without the prefix that all have. */
  static Path artefact(String name) {
    String prefix = "quicpool-" + name + "-";
    return name.equals("transport-netty42")
        ? netty42().stream()
            .filter(jar -> jar.getFileName().toString().startsWith(prefix))
            .findFirst()
            .orElseThrow()
        : startingWith(List.of(prefix)).get(0);
  }

  static Path api() {
    return artefact("api");
  }

  static Path core() {
    return artefact("core");
  }

  static Path lru() {
    return artefact("eviction-lru");
  }

  /** What an application has besides its transport. */
  static List<Path> basis() {
    return List.of(api(), core(), lru());
  }

  /** A transport with everything that it needs. */
  static List<Path> transport(String name) {
    return switch (name) {
      case "netty" -> startingWith(NETTY);
      case "netty42x" -> netty42();
      case "kwik" -> startingWith(KWIK);
      default -> throw new IllegalArgumentException("no such transport: " + name);
    };
  }

  /** Not on our own class path, where netty 4.1 is: the two lines never share one. */
  private static List<Path> netty42() {
    Path built = Path.of("..", "transport-netty42", "target");
    try (Stream<Path> ours = Files.list(built);
        Stream<Path> below = Files.list(built.resolve("path"))) {
      return Stream.concat(ours, below)
          .filter(file -> file.getFileName().toString().endsWith(".jar"))
          .filter(file -> !file.getFileName().toString().matches(".*-(sources|javadoc)\\.jar"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("transport-netty42 must be built (run: mvn verify)", e);
    }
  }

  /** The same without native libraries. */
  static List<Path> withoutNatives(List<Path> jars) {
    return jars.stream()
        .filter(jar -> NATIVE.stream().noneMatch(jar.getFileName().toString()::startsWith))
        .toList();
  }

  /** One list of several, none of which is to be changed. */
  @SafeVarargs
  @SuppressWarnings("varargs") // the array goes to no other varargs method
  static List<Path> join(List<Path>... parts) {
    return Arrays.stream(parts).flatMap(List::stream).toList();
  }
}

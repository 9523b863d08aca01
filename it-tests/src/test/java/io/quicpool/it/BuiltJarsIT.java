package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.ThrowingConsumer;

/** The jars as users get them: what each promises in its descriptor, and nothing besides. */
@Timeout(60)
class BuiltJarsIT {
  private static final String SPI = "io.quicpool.spi.";

  /** What a jar promises; {@code requires} is without java.base and the static jspecify. */
  private record Promise(
      String artefact,
      String module,
      Set<String> requires,
      Set<String> exports,
      Set<String> uses,
      Map<String, String> provides) {}

  private static final List<Promise> LIBRARY =
      List.of(
          new Promise(
              "api",
              "io.quicpool.api",
              Set.of(),
              Set.of("io.quicpool", "io.quicpool.spi"),
              Set.of(SPI + "PoolProvider"),
              Map.of()),
          new Promise(
              "core",
              "io.quicpool.core",
              Set.of("io.quicpool.api", "jdk.jfr"),
              Set.of(),
              Set.of(SPI + "QuicTransport", SPI + "EvictionPolicy"),
              Map.of(SPI + "PoolProvider", "io.quicpool.core.CorePoolProvider")),
          new Promise(
              "eviction-lru",
              "io.quicpool.eviction.lru",
              Set.of("io.quicpool.api"),
              Set.of(),
              Set.of(),
              Map.of(SPI + "EvictionPolicy", "io.quicpool.eviction.lru.LruEvictionPolicy")),
          new Promise(
              "transport-netty",
              "io.quicpool.transport.netty",
              Set.of(
                  "io.quicpool.api",
                  "io.netty.buffer",
                  "io.netty.common",
                  "io.netty.handler",
                  "io.netty.transport",
                  "io.netty.incubator.codec.classes.quic",
                  "jdk.unsupported"),
              Set.of(),
              Set.of(),
              Map.of(SPI + "QuicTransport", "io.quicpool.transport.netty.NettyTransport")),
          new Promise(
              "transport-netty42",
              "io.quicpool.transport.netty42x",
              Set.of(
                  "io.quicpool.api",
                  "io.netty.buffer",
                  "io.netty.common",
                  "io.netty.handler",
                  "io.netty.transport",
                  "io.netty.codec.classes.quic",
                  "jdk.unsupported"),
              Set.of(),
              Set.of(),
              Map.of(SPI + "QuicTransport", "io.quicpool.transport.netty42x.NettyTransport")),
          new Promise(
              "transport-kwik",
              "io.quicpool.transport.kwik",
              Set.of("io.quicpool.api", "tech.kwik.core"),
              Set.of(),
              Set.of(),
              Map.of(SPI + "QuicTransport", "io.quicpool.transport.kwik.KwikTransport")),
          new Promise(
              "micrometer",
              "io.quicpool.micrometer",
              Set.of("transitive io.quicpool.api", "transitive micrometer.core"),
              Set.of("io.quicpool.micrometer"),
              Set.of(),
              Map.of()),
          new Promise(
              "jmx",
              "io.quicpool.jmx",
              Set.of("transitive io.quicpool.api", "transitive java.management"),
              Set.of("io.quicpool.jmx"),
              Set.of(),
              Map.of()),
          new Promise(
              "inspector",
              "io.quicpool.inspector",
              Set.of("transitive io.quicpool.api", "com.fasterxml.jackson.core", "jdk.httpserver"),
              Set.of("io.quicpool.inspector"),
              Set.of(),
              Map.of()),
          new Promise(
              "testkit",
              "io.quicpool.testkit",
              Set.of(
                  "transitive io.quicpool.api",
                  "org.bouncycastle.pkix",
                  "org.bouncycastle.provider",
                  "static transitive org.junit.jupiter.api"),
              Set.of("io.quicpool.testkit", "io.quicpool.testkit.contract"),
              Set.of(),
              Map.of()));

  private static Stream<DynamicTest> forEachJar(ThrowingConsumer<Promise> test) {
    return LIBRARY.stream()
        .map(promise -> dynamicTest(promise.artefact(), () -> test.accept(promise)));
  }

  private static ModuleDescriptor descriptor(Promise promise) {
    Path jar = Jars.artefact(promise.artefact());
    ModuleDescriptor descriptor = ModuleFinder.of(jar).findAll().iterator().next().descriptor();
    assertFalse(descriptor.isAutomatic(), () -> jar + " must have a module descriptor");
    return descriptor;
  }

  private static String shown(Requires requires) {
    String modifiers =
        Stream.of(Requires.Modifier.STATIC, Requires.Modifier.TRANSITIVE)
            .filter(requires.modifiers()::contains)
            .map(modifier -> modifier.name().toLowerCase(java.util.Locale.ROOT) + " ")
            .collect(Collectors.joining());
    return modifiers + requires.name();
  }

  @TestFactory
  Stream<DynamicTest> theDescriptorHasTheNameAndRequiresUsesAndExportsWhatIsPromised() {
    return forEachJar(
        promise -> {
          ModuleDescriptor descriptor = descriptor(promise);
          Set<String> requires = new TreeSet<>(promise.requires());
          requires.addAll(Set.of("java.base", "static org.jspecify"));

          assertEquals(promise.module(), descriptor.name());
          assertEquals(
              requires,
              descriptor.requires().stream()
                  .map(BuiltJarsIT::shown)
                  .collect(Collectors.toCollection(TreeSet::new)));
          assertEquals(new TreeSet<>(promise.uses()), new TreeSet<>(descriptor.uses()));
          assertEquals(
              promise.exports(),
              descriptor.exports().stream()
                  .filter(exports -> !exports.isQualified())
                  .map(ModuleDescriptor.Exports::source)
                  .collect(Collectors.toSet()));
          assertEquals(
              promise.exports().size(), descriptor.exports().size(), "nothing to friends either");
          assertEquals(Set.of(), descriptor.opens());
          assertFalse(descriptor.isOpen());
        });
  }

  @TestFactory
  Stream<DynamicTest> theProvidersOfModulePathAndClassPathAreTheSame() {
    return forEachJar(
        promise -> {
          Map<String, String> provided = new TreeMap<>();
          for (ModuleDescriptor.Provides provides : descriptor(promise).provides()) {
            provided.put(provides.service(), String.join(" ", provides.providers()));
          }
          Map<String, String> registered = new TreeMap<>();
          try (JarFile jar = open(promise)) {
            for (JarEntry entry : jar.stream().toList()) {
              if (entry.getName().startsWith("META-INF/services/") && !entry.isDirectory()) {
                registered.put(
                    entry.getName().substring("META-INF/services/".length()), lines(jar, entry));
              }
            }
          }

          assertEquals(promise.provides(), provided, "provides clauses");
          assertEquals(promise.provides(), registered, "META-INF/services");
        });
  }

  private static String lines(JarFile jar, JarEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.replaceFirst("#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .collect(Collectors.joining(" "));
    }
  }

  private static JarFile open(Promise promise) throws IOException {
    return new JarFile(Jars.artefact(promise.artefact()).toFile());
  }

  @TestFactory
  Stream<DynamicTest> theManifestNamesTheVersion() {
    return forEachJar(
        promise -> {
          try (JarFile jar = open(promise)) {
            Attributes main = jar.getManifest().getMainAttributes();
            String version = main.getValue(Attributes.Name.IMPLEMENTATION_VERSION);
            assertNotNull(version);
            assertTrue(version.matches("[0-9]+\\.[0-9]+\\.[0-9]+.*"), version);
            assertTrue(
                Jars.artefact(promise.artefact()).getFileName().toString().contains(version));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> theJarHoldsItsOwnPackagesAndNoTests() {
    return forEachJar(
        promise -> {
          String own =
              promise.exports().contains("io.quicpool")
                  ? "io.quicpool"
                  : promise.module(); // a module is named as its package
          List<String> strange = new ArrayList<>();
          try (JarFile jar = open(promise)) {
            jar.stream()
                .map(JarEntry::getName)
                .filter(name -> name.endsWith(".class") && !name.equals("module-info.class"))
                .filter(
                    name ->
                        !name.startsWith(own.replace('.', '/') + "/")
                            || name.matches(".*(Test|IT|ContractTest)(\\$.*)?\\.class"))
                .forEach(strange::add);
          }
          assertEquals(List.of(), strange);
        });
  }

  @Test
  void noPackageLiesInTwoJars() {
    Set<String> seen = new HashSet<>();
    for (Promise promise : LIBRARY) {
      for (String name : descriptor(promise).packages()) {
        assertTrue(seen.add(name), () -> name + " lies in two jars, one is " + promise.artefact());
      }
    }
  }

  @Test
  void everyTransportResolvesAsAModuleWithNothingButWhatItsArtefactBringsAlong() {
    List<String> names = new ArrayList<>(Stacks.names());
    names.add("netty42x");
    for (String name : names) {
      ModuleFinder finder =
          ModuleFinder.of(Jars.join(Jars.basis(), Jars.transport(name)).toArray(new Path[0]));
      Configuration resolved =
          ModuleLayer.boot()
              .configuration()
              .resolveAndBind(finder, ModuleFinder.of(), Set.of("io.quicpool.api"));
      Set<String> modules =
          resolved.modules().stream().map(module -> module.name()).collect(Collectors.toSet());

      assertTrue(
          modules.containsAll(
              Set.of(
                  "io.quicpool.core", "io.quicpool.eviction.lru", "io.quicpool.transport." + name)),
          () -> "found through service binding: " + modules);
      assertFalse(modules.contains("org.jspecify"), "needed at compile time only");
    }
  }

  @Test
  void theLibrarysModulesRequireEachOtherWithoutACycle() {
    Map<String, Set<String>> open = new TreeMap<>();
    for (Promise promise : LIBRARY) {
      open.put(
          promise.module(),
          descriptor(promise).requires().stream()
              .map(Requires::name)
              .filter(name -> name.startsWith("io.quicpool."))
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    while (!open.isEmpty()) {
      Set<String> free =
          open.entrySet().stream()
              .filter(module -> module.getValue().stream().noneMatch(open::containsKey))
              .map(Map.Entry::getKey)
              .collect(Collectors.toSet());
      assertFalse(free.isEmpty(), () -> "a cycle among " + open);
      open.keySet().removeAll(free);
    }
  }

  @Test
  void theTransportsOnTheClassPathAreTheTwoThatAreShipped() {
    assertEquals(List.of("kwik", "netty"), Stacks.names());
  }
}

package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What an application gets that requires the API alone, by what else lies on its path. Each case is
 * a JVM of its own, which prints nothing that is not ours.
 */
@Timeout(180)
class DiscoveryIT {
  private static final String PROTOCOL = "chat/1";
  private static final String NONE = "-";

  @TempDir static Path folder;

  private static Consumers consumers;
  private static Path ca;
  private static final List<EchoPeer> PEERS = new ArrayList<>();

  /** On which path everything lies. */
  enum Way {
    MODULE_PATH {
      @Override
      Path consumer(String name) throws IOException {
        return consumers.module(name);
      }

      @Override
      ChildJvm.Outcome run(ChildJvm jvm, List<Path> path, List<String> arguments)
          throws IOException, InterruptedException {
        return jvm.runModule(path, "consumer.probe", "consumer.probe.Main", arguments);
      }
    },
    CLASS_PATH {
      @Override
      Path consumer(String name) throws IOException {
        return consumers.classes(name);
      }

      @Override
      ChildJvm.Outcome run(ChildJvm jvm, List<Path> path, List<String> arguments)
          throws IOException, InterruptedException {
        return jvm.runClass(path, "consumer.probe.Main", arguments);
      }
    };

    abstract Path consumer(String name) throws IOException;

    abstract ChildJvm.Outcome run(ChildJvm jvm, List<Path> path, List<String> arguments)
        throws IOException, InterruptedException;
  }

  @BeforeAll
  static void openPeers() throws IOException {
    consumers = new Consumers(folder);
    TestCertificates authority = TestCertificates.create();
    TestIdentity identity = authority.localhost();
    ca = authority.writeCa(folder);
    for (int i = 0; i < 3; i++) {
      PEERS.add(EchoPeer.open(Stacks.transport("netty"), identity, PROTOCOL));
    }
  }

  @AfterAll
  static void closePeers() {
    PEERS.forEach(EchoPeer::close);
  }

  private static String at(int peer) {
    return PEERS.get(peer).endpoint().toString();
  }

  /** Runs the probe on this JDK, with the flags that the transport needs. */
  private static ChildJvm.Outcome probe(
      Way way, String flagsFor, List<Path> jars, String transport, String policy, String... peers)
      throws Exception {
    return probe(Jdk.current(), way, flagsFor, jars, transport, policy, peers);
  }

  private static ChildJvm.Outcome probe(
      Jdk jdk,
      Way way,
      String flagsFor,
      List<Path> jars,
      String transport,
      String policy,
      String... peers)
      throws Exception {
    List<String> arguments =
        Stream.concat(Stream.of(transport, policy, ca.toString()), Stream.of(peers)).toList();
    List<Path> path = Jars.join(List.of(way.consumer("consumer.probe")), jars);
    ChildJvm jvm = ChildJvm.of(jdk).flagsFor(flagsFor, way == Way.MODULE_PATH);
    return way.run(jvm, path, arguments);
  }

  private static List<Path> netty() {
    return Jars.transport("netty");
  }

  private static List<Path> kwik() {
    return Jars.transport("kwik");
  }

  private static List<String> talked() {
    return List.of("opened", "echo of " + at(0), "pooled [" + at(0) + "]");
  }

  @ParameterizedTest
  @EnumSource
  void theOnlyTransportThereIsGetsUsed(Way way) throws Exception {
    assertEquals(
        talked(),
        probe(way, "netty", Jars.join(Jars.basis(), netty()), NONE, NONE, at(0)).silent().out());
    assertEquals(
        talked(),
        probe(way, "kwik", Jars.join(Jars.basis(), kwik()), NONE, NONE, at(0)).silent().out());
  }

  /** The two lines of netty have modules of the same names: each is alone on its path. */
  @ParameterizedTest
  @EnumSource
  void nettysOtherLineTakesThePlaceOfTheFirstUnderTheSameName(Way way) throws Exception {
    List<Path> path = Jars.join(Jars.basis(), Jars.transport("netty42x"));

    assertEquals(talked(), probe(way, "netty42x", path, NONE, NONE, at(0)).silent().out());
    assertEquals(
        talked(),
        probe(way, "netty42x", Jars.join(path, kwik()), "netty", NONE, at(0)).silent().out());
  }

  @Test
  void nettysOtherLineSaysWhatIsMissingIfItsNativeModuleIsNotResolved() throws Exception {
    List<Path> path = Jars.join(Jars.basis(), Jars.transport("netty42x"));
    List<String> said =
        probe(Way.MODULE_PATH, "netty", path, NONE, NONE, at(0)).silent().out(); // no --add-modules

    assertTrue(said.get(0).startsWith("PROVIDER_FAILED: "), said::toString);
    assertTrue(said.get(0).contains("--add-modules io.netty.codec.quic."), said::toString);
  }

  @ParameterizedTest
  @EnumSource
  void twoTransportsAndNoneChosenIsAnErrorThatListsBoth(Way way) throws Exception {
    List<Path> both = Jars.join(Jars.basis(), netty(), kwik());

    assertEquals(
        List.of(
            "PROVIDER_AMBIGUOUS: several QUIC transports were found, [kwik, netty]: choose one with"
                + " builder.transport(\""),
        cutAfter(
            "builder.transport(\"", probe(way, "netty", both, NONE, NONE, at(0)).silent().out()));
  }

  private static List<String> cutAfter(String end, List<String> lines) {
    return lines.stream().map(line -> line.substring(0, line.indexOf(end) + end.length())).toList();
  }

  @ParameterizedTest
  @EnumSource
  void ofTwoTransportsTheNamedOneGetsUsed(Way way) throws Exception {
    List<Path> both = Jars.join(Jars.basis(), netty(), kwik());

    assertEquals(talked(), probe(way, "netty", both, "netty", NONE, at(0)).silent().out());
    assertEquals(talked(), probe(way, "netty", both, "kwik", NONE, at(0)).silent().out());
  }

  @ParameterizedTest
  @EnumSource
  void aNameThatNobodyHasIsAnErrorThatListsWhatIsThere(Way way) throws Exception {
    List<Path> both = Jars.join(Jars.basis(), netty(), kwik());

    assertEquals(
        List.of(
            "PROVIDER_UNKNOWN: there is no QUIC transport named \"quiche\", found were"
                + " [kwik, netty]"),
        probe(way, "netty", both, "quiche", NONE).silent().out());
    assertEquals(
        List.of("PROVIDER_UNKNOWN: there is no eviction policy named \"mru\", found were [lru]"),
        probe(way, "netty", both, "kwik", "mru").silent().out());
  }

  @ParameterizedTest
  @EnumSource
  void withoutATransportTheErrorNamesTheArtefactsToAdd(Way way) throws Exception {
    assertEquals(
        List.of(
            "PROVIDER_MISSING: no QUIC transport was found: add"
                + " io.quicpool:quicpool-transport-netty42 or io.quicpool:quicpool-transport-kwik to"
                + " the module path or class path"),
        probe(way, NONE, Jars.basis(), NONE, NONE).silent().out());
  }

  @ParameterizedTest
  @EnumSource
  void withoutAPolicyTheErrorNamesTheArtefactToAdd(Way way) throws Exception {
    assertEquals(
        List.of(
            "PROVIDER_MISSING: no eviction policy was found: add io.quicpool:quicpool-eviction-lru"
                + " to the module path or class path"),
        probe(way, "kwik", Jars.join(List.of(Jars.api(), Jars.core()), kwik()), NONE, NONE)
            .silent()
            .out());
  }

  @ParameterizedTest
  @EnumSource
  void withoutTheCoreTheErrorNamesTheArtefactToAdd(Way way) throws Exception {
    assertEquals(
        List.of(
            "PROVIDER_MISSING: no pool was found: add the artefact io.quicpool:quicpool-core to the"
                + " module path or the class path"),
        probe(way, NONE, List.of(Jars.api()), NONE, NONE).silent().out());
  }

  @ParameterizedTest
  @EnumSource
  void aTransportThatCannotBeMadeIsReportedWithItsCause(Way way) throws Exception {
    List<Path> jars = Jars.join(Jars.basis(), List.of(way.consumer("transport.broken")));

    List<String> out = probe(way, NONE, jars, NONE, NONE).silent().out();

    assertTrue(
        out.get(0).startsWith("PROVIDER_FAILED: ")
            && out.get(0).contains("transport.broken.BrokenTransport"),
        out.get(0));
    assertEquals(
        "because of java.lang.UnsatisfiedLinkError: no libbroken in java.library.path",
        out.get(out.size() - 1));
  }

  @ParameterizedTest
  @EnumSource
  void aTransportThatCannotBeMadeHidesNoOther(Way way) throws Exception {
    List<Path> jars = Jars.join(Jars.basis(), List.of(way.consumer("transport.broken")), kwik());

    ChildJvm.Outcome unnamed = probe(way, "kwik", jars, NONE, NONE, at(0));
    assertEquals(talked(), unnamed.out());
    assertTrue(
        unnamed.err().contains("a QUIC transport was found that does not load")
            && unnamed.err().contains("UnsatisfiedLinkError: no libbroken in java.library.path"),
        unnamed.err());
    assertEquals(talked(), probe(way, "kwik", jars, "kwik", NONE, at(0)).out());
    List<String> named = probe(way, "kwik", jars, "broken", NONE).out();
    assertTrue(named.get(0).startsWith("PROVIDER_FAILED: "), named.get(0));
    assertEquals(
        "because of java.lang.UnsatisfiedLinkError: no libbroken in java.library.path",
        named.get(named.size() - 1));
  }

  @ParameterizedTest
  @EnumSource
  void aTransportWithoutItsNativeLibraryIsReportedWithItsCauseAndHidesNoOther(Way way)
      throws Exception {
    List<Path> alone = Jars.join(Jars.basis(), Jars.withoutNatives(netty()));
    List<Path> both = Jars.join(alone, kwik());

    for (List<String> out :
        List.of(
            probe(way, "netty", alone, NONE, NONE).silent().out(),
            probe(way, "netty", both, "netty", NONE).silent().out())) {
      assertTrue(
          out.get(0).startsWith("PROVIDER_FAILED: ") && out.get(0).contains("native library"),
          out.get(0));
      assertTrue(
          out.stream().anyMatch(line -> line.startsWith("because of java.lang.Unsatisfied")),
          out::toString);
    }
    assertEquals(talked(), probe(way, "netty", both, "kwik", NONE, at(0)).silent().out());
  }

  @ParameterizedTest
  @EnumSource
  void aUsersOwnPolicyIsChosenByNameAndDecides(Way way) throws Exception {
    List<Path> jars = Jars.join(Jars.basis(), List.of(way.consumer("policy.frequency")), netty());
    String[] traffic = {at(0), at(0), at(0), at(1), at(2)}; // a cap of two: the third evicts

    assertEquals(
        pooled(0, 2),
        last(probe(way, "netty", jars, NONE, "lfu", traffic).silent().out()),
        "the least frequently used one went");
    assertEquals(
        pooled(1, 2),
        last(probe(way, "netty", jars, NONE, "lru", traffic).silent().out()),
        "the least recently used one went");
    String undecided = probe(way, "netty", jars, NONE, NONE).silent().out().get(0);
    assertTrue(
        undecided.startsWith("PROVIDER_AMBIGUOUS: ") && undecided.contains("[lfu, lru]"),
        undecided);
  }

  private static String pooled(int first, int second) {
    return "pooled " + Stream.of(at(first), at(second)).sorted().toList();
  }

  private static String last(List<String> lines) {
    return lines.get(lines.size() - 1);
  }

  @Test
  void anotherJdkFindsTheSameProvidersOnBothPaths() throws Exception {
    Optional<Jdk> other = Jdk.another();
    assumeTrue(
        other.isPresent(), "a second JDK is needed: set JAVA25_HOME, or put one beside this one");
    List<Path> both = Jars.join(Jars.basis(), netty(), kwik());
    for (Way way : Way.values()) {
      for (String transport : List.of("netty", "kwik")) {
        assertEquals(
            talked(),
            probe(other.get(), way, "netty", both, transport, NONE, at(0)).silent().out());
      }
    }
  }
}

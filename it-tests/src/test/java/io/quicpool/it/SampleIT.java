package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quicpool.Capability;
import io.quicpool.PoolOpenException;
import io.quicpool.RemovalCause;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The documentation's sample, compiled against the API alone and run in a JVM of its own, with
 * whatever transport lies on its path. Its peer's name comes from a hosts file.
 */
@Timeout(120)
class SampleIT {
  private static final String PROTOCOL = "chat/1";
  private static final int PORT = 4433; // the sample's
  private static final String PIN = "ab".repeat(32);

  @TempDir static Path compiled;
  @TempDir Path files;

  private enum Way {
    MODULE_PATH,
    CLASS_PATH
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.quicpool.it.Stacks#names")
  void theSampleRunsOnTheModulePath(String transport) throws Exception {
    run(Jdk.current(), transport, Way.MODULE_PATH);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.quicpool.it.Stacks#names")
  void theSampleRunsOnTheClassPath(String transport) throws Exception {
    run(Jdk.current(), transport, Way.CLASS_PATH);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.quicpool.it.Stacks#names")
  void theSampleRunsOnAnotherJdkOnBothPaths(String transport) throws Exception {
    Optional<Jdk> other = Jdk.another();
    assumeTrue(
        other.isPresent(), "a second JDK is needed: set JAVA25_HOME, or put one beside this one");
    run(other.get(), transport, Way.MODULE_PATH);
    run(other.get(), transport, Way.CLASS_PATH);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("io.quicpool.it.Stacks#names")
  void theGuidesProgramRuns(String transport) throws Exception {
    TestIdentity.PemFiles server = Talk.LOCALHOST.write(files, "localhost");
    List<String> said =
        ChildJvm.of(Jdk.current())
            .flagsFor(transport, true)
            .runModule(
                Jars.join(
                    List.of(new Consumers(compiled).module("my.app")),
                    Jars.join(Jars.basis(), Jars.transport(transport))),
                "my.app",
                "my.app.Main",
                List.of(
                    Talk.CA.writeCa(files).toString(),
                    server.certificate().toString(),
                    server.key().toString()))
            .silent()
            .out();
    assertEquals(List.of("first", "second", "1 dial, 1 hit"), said);
  }

  private void run(Jdk jdk, String transport, Way way) throws Exception {
    TestCertificates ca = TestCertificates.create();
    TestIdentity server = ca.leaf().dns("peer.example").issue();
    TestIdentity.PemFiles client = ca.leaf().commonName("client").issue().write(files, "client");
    List<String> arguments =
        List.of(
            ca.writeCa(files).toString(),
            client.certificate().toString(),
            client.key().toString(),
            PIN);
    Consumers consumers = new Consumers(compiled);
    try (EchoPeer peer = listening(transport, ca, server)) {
      String address = peer.address().getAddress().getHostAddress();
      Path hosts = Files.writeString(files.resolve("hosts"), address + " peer.example\n");
      ChildJvm child =
          ChildJvm.of(jdk)
              .flags(List.of("-Djdk.net.hosts.file=" + hosts))
              .flagsFor(transport, way == Way.MODULE_PATH);
      List<Path> jars = Jars.join(Jars.basis(), Jars.transport(transport));
      ChildJvm.Outcome outcome =
          way == Way.MODULE_PATH
              ? child.runModule(
                  Jars.join(List.of(consumers.module("consumer.sample")), jars),
                  "consumer.sample",
                  "consumer.sample.Main",
                  arguments)
              : child.runClass(
                  Jars.join(List.of(consumers.classes("consumer.sample")), jars),
                  "consumer.sample.Main",
                  arguments);

      assertEquals(
          List.of(
              "reply true",
              "a first, b second",
              "ADOPTED, pinned:abababababababab[198.51.100.7:4433]",
              "invalidated true",
              "[named:alice] 3 hits 1 misses",
              "closed true"),
          outcome.silent().out());
      assertEquals(2, peer.connections(), "the pool's one connection, and the one that was put");
      assertEquals(
          List.of(), Talk.failures(peer, RemovalCause.POOL_CLOSED, RemovalCause.INVALIDATED));
    }
  }

  /**
   * The sample's peer, which demands the sample's identity if it can, on the sample's port of some
   * loopback address where that is free.
   */
  private static EchoPeer listening(String transport, TestCertificates ca, TestIdentity server)
      throws IOException {
    boolean asks;
    try (EchoPeer trial = EchoPeer.open(Stacks.transport(transport), server, PROTOCOL)) {
      asks = trial.transportEndpoint().capabilities().contains(Capability.CLIENT_CERTIFICATES);
    }
    IOException last = new IOException("not tried");
    long start = ProcessHandle.current().pid();
    for (long i = start; i < start + 8; i++) {
      byte[] own = {127, 77, (byte) (i >> 8), (byte) (i | 1)};
      InetAddress host =
          i < start + 7 ? InetAddress.getByAddress(own) : InetAddress.getLoopbackAddress();
      EchoPeer.Builder peer =
          EchoPeer.on(Stacks.transport(transport), server.identity(), PROTOCOL)
              .listen(new InetSocketAddress(host, PORT));
      if (asks) {
        peer.clientAuth(ClientAuth.REQUIRED, PeerVerifier.ofClient(ca.trustManager()));
      }
      try {
        return peer.open();
      } catch (PoolOpenException e) {
        last = e; // taken, or a system with a single loopback address
      }
    }
    throw last;
  }
}

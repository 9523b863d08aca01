package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.TestIdentity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples, built against the built artefacts by a Maven of their own, and run. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExamplesIT {
  @TempDir static Path files;
  private static Jdk jdk;
  private static Path examples;

  /** With a JDK that can build all of them, where there is one. */
  @BeforeAll
  static void build() throws Exception {
    jdk = Jdk.withVirtualThreadsIfAny();
    examples = NestedBuild.verify(Path.of("..", "examples"), jdk);
  }

  @Test
  void thePolicyAndTheTransportPassTheirContracts() throws IOException {
    for (String test :
        List.of("custom-policy/CheapestToRestoreTest", "custom-transport/LoopTransportTest")) {
      String[] names = test.split("/");
      try (Stream<Path> reports =
          Files.list(examples.resolve(names[0]).resolve("target/surefire-reports"))) {
        Path report =
            reports
                .filter(r -> r.toString().endsWith("." + names[1] + ".txt"))
                .findFirst()
                .orElseThrow();
        String said = Files.readString(report);
        Matcher counts = Pattern.compile("Tests run: (\\d+), Failures: 0, Errors: 0").matcher(said);
        assertTrue(counts.find(), said);
        assertTrue(Integer.parseInt(counts.group(1)) >= 10, said);
      }
    }
  }

  @Test
  void theCallsOfTheErlangPoolHaveTheirCounterparts() throws Exception {
    try (EchoPeer peer = EchoPeer.open(Stacks.transport("netty"), Talk.LOCALHOST, "echo/1")) {
      List<String> said =
          ChildJvm.of(Jdk.current())
              .flagsFor("netty", true)
              .runModule(
                  path("from-macula"),
                  "example.macula",
                  "example.macula.SideBySide",
                  List.of(authority(), "127.0.0.1:" + peer.address().getPort()))
              .silent()
              .out();
      assertEquals("hello", said.get(0));
      assertEquals("REPLACED", said.get(1));
      assertTrue(said.get(2).contains("127.0.0.1"), said::toString);
      assertEquals("true", said.get(3));
      assertTrue(said.get(4).startsWith("1 hits, 1 misses"), said::toString);
    }
  }

  /** A program that reads lines and prints lines. */
  private record Talker(Process process, BufferedReader out, Writer in) implements AutoCloseable {
    static Talker start(List<String> command) throws IOException {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      return new Talker(
          process,
          process.inputReader(StandardCharsets.UTF_8),
          process.outputWriter(StandardCharsets.UTF_8));
    }

    void say(String line) throws IOException {
      in.write(line + "\n");
      in.flush();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  @Test
  void twoWhoKnowEachOtherByKeyChatBothWays() throws Exception {
    try (Talker alice = chat("alice");
        Talker bob = chat("bob");
        Talker stranger = chat("stranger")) {
      String aliceIs = introduction(alice);
      String bobIs = introduction(bob);
      introduction(stranger);
      befriend(alice, "bob", bobIs);
      befriend(bob, "alice", aliceIs);
      befriend(stranger, "bob", bobIs);
      stranger.say("bob let me in");
      assertTrue(stranger.out().readLine().startsWith("not done: "));
      alice.say("bob hello, is it you?");
      assertEquals("alice: hello, is it you?", bob.out().readLine());
      bob.say("alice by my key");
      assertEquals("bob: by my key", alice.out().readLine());
      bob.say("nobody hello");
      assertEquals("not done: there is no friend nobody", bob.out().readLine());
    }
  }

  private static void befriend(Talker talker, String name, String who) throws IOException {
    talker.say(name + "=" + who);
    assertEquals(name + " is a friend", talker.out().readLine());
  }

  private static Talker chat(String name) throws IOException {
    TestIdentity.PemFiles identity = Member.identity().write(files, name);
    List<String> command = new ArrayList<>(List.of(Jdk.current().java().toString()));
    command.addAll(Jdk.current().flags("netty42x", true));
    command.addAll(
        List.of("-p", ChildJvm.joined(path("chat")), "-m", "example.chat/example.chat.Chat"));
    command.addAll(
        List.of("127.0.0.1:0", identity.certificate().toString(), identity.key().toString()));
    return Talker.start(command);
  }

  /** Reads who somebody is, and says how to reach them. */
  private static String introduction(Talker talker) throws IOException {
    String said = talker.out().readLine();
    Matcher me =
        Pattern.compile("I am (\\p{XDigit}{64}) at port (\\d+)").matcher(String.valueOf(said));
    assertTrue(me.matches(), () -> "it said " + said);
    return me.group(1) + "@127.0.0.1:" + me.group(2);
  }

  @Test
  void tenThousandVirtualThreadsTalkAndNoneIsPinnedByUs() throws Exception {
    assumeTrue(jdk.hasVirtualThreads(), "virtual threads need JDK 21 or newer");
    TestIdentity.PemFiles server = Talk.LOCALHOST.write(files, "threads");
    Path recording = files.resolve("threads.jfr");
    List<String> said =
        ChildJvm.of(jdk)
            .flagsFor("netty", true)
            .flags(PinnedThreads.recordedIn(recording))
            .runModule(
                path("virtual-threads"),
                "example.threads",
                "example.threads.TenThousand",
                List.of(authority(), server.certificate().toString(), server.key().toString()))
            .silent()
            .out();
    assertTrue(said.contains("10000 of 10000 echoes, 1 dials"), said::toString);
    assertEquals(List.of(), PinnedThreads.under("io.quicpool", recording));
  }

  private static String authority() throws IOException {
    return Talk.CA.writeCa(files).toString();
  }

  private static List<Path> path(String example) {
    return List.of(examples.resolve(example).resolve("target/path"));
  }
}

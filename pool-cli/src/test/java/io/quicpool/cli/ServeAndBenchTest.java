package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ServeAndBenchTest {
  private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

  /** {@code quicpool serve} on a thread of its own, interrupted by close. */
  private static final class Serving implements AutoCloseable {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final String address;
    private final Thread thread;
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

    Serving(String... options) throws Exception {
      try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
        address = "127.0.0.1:" + free.getLocalPort();
      }
      List<String> args = new ArrayList<>(List.of("serve", "--listen", address));
      args.addAll(Arrays.asList(options));
      thread =
          new Thread(
              () ->
                  exitCode.complete(
                      Main.run(
                          new PrintWriter(out, true),
                          new PrintWriter(err, true),
                          args.toArray(new String[0]))));
      thread.start();
      long start = System.nanoTime();
      while (!out.toString().contains("Ctrl-C") && thread.isAlive()) {
        assertTrue(System.nanoTime() - start < PATIENCE_NANOS, "serve must start");
        Thread.sleep(5);
      }
    }

    /** The arguments of the line to paste. */
    List<String> bench() {
      String line =
          out.toString().lines().filter(each -> each.contains(" bench ")).findFirst().orElseThrow();
      return List.of(line.strip().split(" ")).subList(1, line.strip().split(" ").length);
    }

    @Override
    public void close() {
      thread.interrupt();
      assertEquals(
          0, exitCode.orTimeout(PATIENCE_NANOS, TimeUnit.NANOSECONDS).join(), err::toString);
    }
  }

  private static CommandRun bench(List<String> line, String... more) {
    List<String> args = new ArrayList<>(line);
    args.addAll(Arrays.asList(more));
    return CommandRun.of(args.toArray(new String[0]));
  }

  @ParameterizedTest
  @CsvSource({"netty,netty", "netty,kwik", "kwik,kwik", "kwik,netty"})
  void theLineToPasteMeasures(String server, String client) throws Exception {
    Serving serving = new Serving("--transport", server);
    try (serving) {
      List<String> line = new ArrayList<>(serving.bench());
      int name = line.indexOf("--transport") + 1;
      assertEquals(server, line.set(name, client));
      CommandRun run = bench(line, "--connections", "2", "--messages", "40", "--size", "70000");
      assertEquals(0, run.exitCode(), run::err);
      assertEquals("", run.err());
      assertTrue(run.out().contains("2 connections, 40 messages of 70000 bytes"), run::out);
      assertTrue(run.out().contains("messages/s"), run::out);
    }
    String farewell = serving.out.toString();
    assertTrue(farewell.contains("closed after 3 connections, 80 streams"), farewell);
    assertEquals("", serving.err.toString());
  }

  @Test
  void aPeerWithAnotherKeyIsRefusedInOneLine() throws Exception {
    try (Serving serving = new Serving()) {
      CommandRun run = CommandRun.of("bench", serving.address, "--pin", "0".repeat(64));
      assertEquals(1, run.exitCode());
      assertEquals(1, run.err().lines().count(), run::err);
      assertTrue(run.err().contains("fingerprint " + "0".repeat(64)), run::err);
    }
  }

  @Test
  void certificateFilesAreServedAndTrusted(@TempDir Path folder) throws Exception {
    TestCertificates authority = TestCertificates.create();
    TestIdentity.PemFiles files = authority.localhost().write(folder, "peer");
    String ca = authority.writeCa(folder).toString();
    try (Serving serving =
        new Serving("--cert", files.certificate().toString(), "--key", files.key().toString())) {
      CommandRun trusted = CommandRun.of("bench", serving.address, "--ca", ca, "--messages", "5");
      assertEquals(0, trusted.exitCode(), trusted::err);
      String other = TestCertificates.create().writeCa(folder).toString();
      CommandRun distrusted = CommandRun.of("bench", serving.address, "--ca", other);
      assertEquals(1, distrusted.exitCode());
      assertTrue(distrusted.err().startsWith("quicpool bench: identity: "), distrusted::err);
    }
  }

  @Test
  void insecureWarns() throws Exception {
    try (Serving serving = new Serving()) {
      CommandRun run = CommandRun.of("bench", serving.address, "--insecure", "--messages", "1");
      assertEquals(0, run.exitCode(), run::err);
      assertTrue(run.err().contains("warning: --insecure: the peer is not verified"), run::err);
    }
  }

  @Test
  void providersAreListedWithVersionsAndCapabilities() {
    CommandRun run = CommandRun.of("providers");
    assertEquals(0, run.exitCode(), run::out);
    assertTrue(run.out().contains("peer-certificates"), run::out);
    assertTrue(run.out().contains("0.10.8"), run::out);
    assertTrue(run.out().contains("lru"), run::out);
    assertEquals("", run.err());
  }
}

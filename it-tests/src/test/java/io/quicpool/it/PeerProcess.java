package io.quicpool.it;

import io.quicpool.Endpoint;
import io.quicpool.Peer;
import io.quicpool.testkit.TestIdentity.PemFiles;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An {@link EchoMain} that can be killed, frozen and started anew at the same port. */
final class PeerProcess implements AutoCloseable {
  private final String transport;
  private final PemFiles identity;
  private Process process;
  private final int port;

  /** One that proves to be localhost with {@link Talk#CA}; its files go to that folder. */
  PeerProcess(String transport, Path folder) throws IOException {
    this.transport = transport;
    this.identity = Talk.LOCALHOST.write(folder, "peer");
    this.port = Ports.toComeBackTo().getPort();
    this.process = start();
    awaitUp();
  }

  private Process start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Jdk.current().java().toString());
    command.add("-XX:TieredStopAtLevel=1"); // up sooner
    command.addAll(Jdk.current().flags(transport, false));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            EchoMain.class.getName(),
            transport,
            String.valueOf(port),
            identity.certificate().toString(),
            identity.key().toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    return builder.start();
  }

  private void awaitUp() throws IOException {
    if (process.inputReader(StandardCharsets.US_ASCII).readLine() == null) {
      throw new IOException("the peer must print its port, it ended");
    }
  }

  Peer peer() {
    return Peer.of(Endpoint.of("127.0.0.1", port));
  }

  /** Without a word to anyone: SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  void restart() throws IOException {
    process = start();
    awaitUp();
  }

  /** SIGSTOP: it keeps its sockets and does nothing. */
  void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** SIGCONT. */
  void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", name, String.valueOf(process.pid()))
            .inheritIO()
            .start()
            .waitFor();
    if (exit != 0) {
      throw new IOException("kill " + name + " must succeed, it exited with " + exit);
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
  }
}

package io.quicpool.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A member's process: started, killed, frozen and thawed; what it says is handed on. */
final class MemberProcess implements AutoCloseable {
  private static final long UP_SECONDS = 30;

  private final List<String> command;
  private final Consumer<MemberLine> told;
  private Running now;

  /** A process, who reads what it says, and whether it has said that it listens. */
  private record Running(Process process, Thread reader, CountDownLatch ready) {}

  /** Starts it; {@link #awaitReady} waits until it listens. */
  MemberProcess(List<String> arguments, Consumer<MemberLine> told) throws IOException {
    this.command = command(arguments);
    this.told = told;
    this.now = start();
  }

  /** This very command in a JVM of its own, with what the launcher gave this one. */
  private static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (flag.startsWith("--enable-native-access") || flag.startsWith("--sun-misc-unsafe")) {
        command.add(flag);
      }
    }
    command.add("-XX:TieredStopAtLevel=1"); // up sooner
    command.add("-Xmx128m");
    String classes = System.getProperty("java.class.path", "");
    if (!classes.isEmpty()) {
      command.addAll(List.of("-cp", classes));
    }
    String modules = System.getProperty("jdk.module.path", "");
    if (modules.isEmpty()) {
      command.add(Main.class.getName());
    } else {
      command.addAll(
          List.of("--module-path", modules, "--module", "io.quicpool.cli/" + Main.class.getName()));
    }
    command.addAll(arguments);
    return command;
  }

  private Running start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    Process started = builder.start();
    CountDownLatch ready = new CountDownLatch(1);
    Thread reader = new Thread(() -> read(started, ready), "member-" + started.pid());
    reader.setDaemon(true);
    reader.start();
    return new Running(started, reader, ready);
  }

  private void read(Process from, CountDownLatch up) {
    try (BufferedReader lines = from.inputReader(StandardCharsets.US_ASCII)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        MemberLine.parse(line)
            .ifPresent(
                said -> {
                  if (said.kind() == MemberLine.Kind.READY) {
                    up.countDown();
                  } else {
                    told.accept(said);
                  }
                });
      }
    } catch (IOException e) {
      return; // its end was cut, as it was killed
    }
  }

  void awaitReady() throws IOException, InterruptedException {
    if (!now.ready().await(UP_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("a member must be up within " + UP_SECONDS + " s, it is not");
    }
  }

  /** Without a word to anyone (SIGKILL). */
  void kill() throws InterruptedException {
    now.process().destroyForcibly().waitFor();
    now.reader().join(); // what it had said before
  }

  /** It goes on echoing, and sends no further message. */
  void stopSending() throws IOException {
    now.process().getOutputStream().write('\n');
    now.process().getOutputStream().flush();
  }

  void restart() throws IOException {
    now = start();
  }

  /** It keeps its sockets and does nothing (SIGSTOP). */
  void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** It goes on (SIGCONT). */
  void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", name, String.valueOf(now.process().pid())).start().waitFor();
    if (exit != 0) {
      throw new IOException("kill " + name + " must succeed, it exited with " + exit);
    }
  }

  @Override
  public void close() {
    now.process().destroyForcibly();
  }
}

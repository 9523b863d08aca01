package io.quicpool.cli;

import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A small cluster of real peers, each a process of its own behind a link of its own, that send one
 * another messages while one after the other is killed, frozen or cut off.
 */
final class Chaos implements AutoCloseable {
  /** How long a fault may be felt after it was lifted. */
  static final Duration RECOVERY = Duration.ofSeconds(5);

  private static final Duration SETTLING = Duration.ofSeconds(3);
  private static final Duration FAULT = Duration.ofSeconds(3);
  private static final Duration GLANCE = Duration.ofMillis(20);
  private static final int FIRST_PORT = 20_000; // below those that systems give to nobody's dials
  private static final int PORTS = 10_000;

  /** What is asked for. */
  record Settings(String transport, int peers, Duration duration, long seed, OptionalInt inspect) {}

  /** What happens to a member. */
  enum Fault {
    KILLED("killed and restarted"),
    FROZEN("frozen"),
    CUT("link dropped");

    private final String words;

    Fault(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  private final Settings settings;
  private final PrintWriter out;
  private final ChaosLog log;
  private final SplittableRandom random;
  private final List<MemberProcess> members = new ArrayList<>();
  private final List<FaultLink> links = new ArrayList<>();
  private final long startNanos = System.nanoTime();

  Chaos(Settings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
    this.log = new ChaosLog(settings.peers());
    this.random = new SplittableRandom(settings.seed());
  }

  /** Runs for the duration asked for, and a little more for the last fault to be recovered from. */
  ChaosResult run(Path folder) throws IOException, InterruptedException {
    start(folder);
    pause(SETTLING);
    List<Fault> kinds = List.of(Fault.values());
    long end = System.nanoTime() + settings.duration().toNanos();
    for (int n = 0; System.nanoTime() < end; n++) {
      int target = random.nextInt(settings.peers());
      strike(kinds.get(n % kinds.size()), target);
      pause(SETTLING);
      say(log.state());
    }
    say("the end: what is on its way may arrive");
    for (MemberProcess member : members) {
      member.stopSending();
    }
    awaitUntil(log::isQuiet, ChaosLog.LONGEST.plus(SETTLING));
    log.end();
    return log.result();
  }

  private void start(Path folder) throws IOException, InterruptedException {
    TestCertificates authority = TestCertificates.create();
    List<TestIdentity> identities = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < settings.peers(); i++) {
      identities.add(authority.leaf().selfSigned().issue());
      ports.add(freePort());
      links.add(
          FaultLink.open(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(i)),
              settings.seed() + i));
    }
    for (int i = 0; i < settings.peers(); i++) {
      List<String> others = new ArrayList<>();
      for (int j = 0; j < settings.peers(); j++) {
        if (j != i) {
          others.add(
              ChaosMemberCommand.other(
                  j, identities.get(j).fingerprint(), links.get(j).address().getPort()));
        }
      }
      TestIdentity.PemFiles files = identities.get(i).write(folder, "member-" + i);
      int index = i;
      members.add(
          new MemberProcess(
              ChaosMemberCommand.arguments(
                  settings.transport(),
                  ports.get(i),
                  files.certificate(),
                  files.key(),
                  settings.inspect().isPresent() ? settings.inspect().getAsInt() + i : 0,
                  others),
              line -> log.told(index, line)));
    }
    for (MemberProcess member : members) {
      member.awaitReady();
    }
    say(settings.peers() + " peers are up and talk to one another");
    settings
        .inspect()
        .ifPresent(
            first ->
                say(
                    "their pools are shown at http://127.0.0.1:"
                        + first
                        + "/ to "
                        + (first + settings.peers() - 1)));
  }

  private static int freePort() throws IOException {
    for (int i = 0; i < PORTS; i++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException("none of the ports from " + FIRST_PORT + " is free");
  }

  private static boolean isFree(int port) throws IOException {
    try (DatagramSocket probe =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      return probe.isBound();
    } catch (BindException taken) {
      return false;
    }
  }

  private void strike(Fault fault, int target) throws IOException, InterruptedException {
    say("peer " + target + ": " + fault.words());
    switch (fault) {
      case KILLED -> {
        members.get(target).kill();
        log.killed(target);
        pause(FAULT);
        members.get(target).restart();
        members.get(target).awaitReady();
      }
      case FROZEN -> {
        members.get(target).freeze();
        pause(FAULT);
        members.get(target).thaw();
      }
      case CUT -> {
        links.get(target).blackhole(true);
        pause(FAULT);
        links.get(target).heal();
      }
    }
    log.lifted(target);
    say("peer " + target + ": back");
    awaitUntil(log::isRecovered, RECOVERY.multipliedBy(2));
    ChaosLog.Recovery recovery = log.recovery(fault, target);
    say(
        "peer "
            + target
            + (recovery.complete()
                ? ": reaches all and is reached by all again, after "
                : ": not all reach it again, after ")
            + recovery.took().toMillis()
            + " ms");
  }

  private static void awaitUntil(BooleanSupplier happened, Duration most)
      throws InterruptedException {
    long latest = System.nanoTime() + most.toNanos();
    while (!happened.getAsBoolean() && System.nanoTime() < latest) {
      pause(GLANCE);
    }
  }

  private void say(String what) {
    long seconds = Duration.ofNanos(System.nanoTime() - startNanos).toSeconds();
    out.printf("%4d s  %s%n", seconds, what);
    out.flush();
  }

  private static void pause(Duration time) throws InterruptedException {
    LockSupport.parkNanos(time.toNanos());
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  @Override
  public void close() {
    members.forEach(MemberProcess::close);
    links.forEach(FaultLink::close);
  }
}

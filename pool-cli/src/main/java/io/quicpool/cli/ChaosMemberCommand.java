package io.quicpool.cli;

import io.quicpool.ConnectFailedException;
import io.quicpool.Fingerprint;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolException;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.Tls;
import io.quicpool.inspector.Inspector;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * One member of {@link Chaos}'s cluster, in a process of its own: a pool that listens, echoes, and
 * sends messages to the others without end. It says what it does on standard output, a line each
 * ({@link MemberLine}), and ends with its standard input.
 */
@Command(name = "chaos-member", hidden = true, description = "A member of the cluster of chaos.")
final class ChaosMemberCommand implements Callable<Integer> {
  static final String ALPN = "quicpool-chaos/1";
  static final Duration ACQUIRE = Duration.ofSeconds(4);
  static final Duration STREAM = Duration.ofSeconds(4);

  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Duration STATS = Duration.ofSeconds(1);
  private static final int SENDERS = 2;
  private static final int MESSAGE_BYTES = 256;

  @Option(names = "--transport", required = true)
  private String transport = "";

  @Option(names = "--port", required = true)
  private int port;

  @Option(names = "--cert", required = true)
  private Path certificate = Path.of("");

  @Option(names = "--key", required = true)
  private Path key = Path.of("");

  /** Where its pool is shown; 0 for nowhere. */
  @Option(names = "--inspect", defaultValue = "0")
  private int inspect;

  /** The others, as {@code index,fingerprint,port}. */
  @Parameters private List<String> others = List.of();

  private final PrintStream out = System.out;
  private final AtomicLong messages = new AtomicLong();
  private volatile boolean stopped;

  private record Other(int index, Peer peer) {
    static Other parse(String text) {
      String[] parts = text.split(",", 3);
      return new Other(
          Integer.parseInt(parts[0]),
          Peer.pinned(Fingerprint.of(parts[1]), "127.0.0.1:" + parts[2]));
    }
  }

  @Override
  public Integer call() throws IOException {
    PoolBuilder builder =
        QuicPool.builder()
            .name("member-" + port)
            .alpn(ALPN)
            .tls(Tls.pinning().withIdentity(certificate, key))
            .transport(transport)
            .acquireTimeout(ACQUIRE)
            .connectTimeout(CONNECT)
            .streamTimeout(STREAM)
            .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .onStream((stream, from) -> echo(stream));
    if (inspect > 0) {
      builder.with(Inspector.onLoopback(inspect));
    }
    try (QuicPool pool = builder.open()) {
      say(MemberLine.ready());
      List<Other> known = others.stream().map(Other::parse).toList();
      for (int i = 0; i < SENDERS; i++) {
        SplittableRandom random = new SplittableRandom(port * 31L + i);
        daemon("sender-" + i, () -> send(pool, known, random));
      }
      daemon("stats", () -> tellStats(pool));
      while (System.in.read() >= 0) {
        stopped = true; // until the parent closes it, or dies, the echo goes on
      }
    }
    return ExitCode.OK;
  }

  private static void daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void say(MemberLine line) {
    synchronized (out) {
      out.println(line.line());
      out.flush();
    }
  }

  private static void echo(QuicStream stream) throws IOException {
    try (stream) {
      stream.output().write(stream.input().readAllBytes());
      stream.output().close();
    }
  }

  private void send(QuicPool pool, List<Other> known, SplittableRandom random) {
    while (!stopped) {
      Other to = known.get(random.nextInt(known.size()));
      long number = messages.incrementAndGet();
      byte[] message = new byte[MESSAGE_BYTES];
      random.nextBytes(message);
      say(MemberLine.sent(number, to.index()));
      long start = System.nanoTime();
      try (QuicStream stream = pool.openStream(to.peer())) {
        stream.output().write(message);
        stream.output().close();
        boolean same = Arrays.equals(message, stream.input().readAllBytes());
        say(
            same
                ? MemberLine.delivered(number, to.index())
                : MemberLine.failed(number, to.index(), "WrongBytes", since(start), false));
      } catch (PoolException e) {
        say(MemberLine.failed(number, to.index(), name(e), since(start), true));
      } catch (IOException | RuntimeException e) {
        say(MemberLine.failed(number, to.index(), name(e), since(start), false));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private static String name(Exception e) {
    String type = e.getClass().getSimpleName().replace("Exception", "");
    return e instanceof ConnectFailedException failed ? type + "/" + failed.phase() : type;
  }

  private static long since(long startNanos) {
    return (System.nanoTime() - startNanos) / 1_000_000;
  }

  private void tellStats(QuicPool pool) {
    while (true) {
      PoolStats stats = pool.stats();
      say(MemberLine.stats(stats.open(), stats.suspect(), stats.backingOff()));
      LockSupport.parkNanos(STATS.toNanos());
    }
  }

  /** The command's arguments for a child process. */
  static List<String> arguments(
      String transport, int port, Path certificate, Path key, int inspect, List<String> others) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "chaos-member",
                "--transport",
                transport,
                "--port",
                String.valueOf(port),
                "--cert",
                certificate.toString(),
                "--key",
                key.toString(),
                "--inspect",
                String.valueOf(inspect)));
    arguments.addAll(others);
    return arguments;
  }

  /** How another is named on the command line. */
  static String other(int index, Fingerprint fingerprint, int port) {
    return index + "," + fingerprint + "," + port;
  }
}

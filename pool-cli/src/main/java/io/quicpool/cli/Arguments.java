package io.quicpool.cli;

import io.quicpool.Endpoint;
import io.quicpool.InvalidEndpointException;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsMaterial;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Rules for arguments; what breaks one is told by the rule and the value. */
final class Arguments {
  static final String DEFAULT_ALPN = "quicpool-echo/1";
  static final String INSPECT_PORT = "8484";

  private static final String PREFERRED_TRANSPORT = "netty";

  private Arguments() {}

  static ParameterException refused(CommandSpec spec, String rule) {
    return new ParameterException(spec.commandLine(), rule);
  }

  static int inRange(CommandSpec spec, String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw refused(
          spec, name + " must be at least " + least + " and at most " + most + ", was " + value);
    }
    return value;
  }

  static Duration atMost(CommandSpec spec, String name, Duration value, Duration most) {
    if (value.compareTo(most) > 0) {
      throw refused(
          spec,
          name + " must be at most " + most.toMillis() + "ms, was " + value.toMillis() + "ms");
    }
    return value;
  }

  static Endpoint endpoint(CommandSpec spec, String name, String text) {
    try {
      return Endpoint.parse(text);
    } catch (InvalidEndpointException e) {
      throw refused(spec, name + ": " + e.getMessage());
    }
  }

  /** The text, if the pool's builder (or another judge) takes it. */
  static <T> T accepted(CommandSpec spec, String name, String text, Function<String, T> judge) {
    try {
      return judge.apply(text);
    } catch (IllegalArgumentException e) {
      throw refused(spec, name + ": " + e.getMessage());
    }
  }

  static String alpn(CommandSpec spec, String protocol) {
    return accepted(
        spec,
        "--alpn",
        protocol,
        text -> {
          QuicPool.builder().alpn(text);
          return text;
        });
  }

  static TlsMaterial readable(CommandSpec spec, Tls tls) {
    try {
      return tls.load();
    } catch (PoolOpenException e) {
      throw refused(spec, Failures.withCauses(e));
    }
  }

  /** The file for results that an option names; none if it was not given. */
  static ResultFile resultFile(CommandSpec spec, String name, Optional<Path> path) {
    return path.isEmpty() ? ResultFile.none() : writable(spec, name, path.get());
  }

  private static ResultFile writable(CommandSpec spec, String name, Path path) {
    try {
      return ResultFile.open(path);
    } catch (IOException | RuntimeException e) {
      throw refused(
          spec, name + " must be a file that can be written, was " + path + " (" + reason(e) + ")");
    }
  }

  private static String reason(Exception e) {
    return e instanceof NoSuchFileException
        ? "its folder does not exist"
        : e instanceof AccessDeniedException ? "access denied" : Failures.inOneLine(e);
  }

  /** The transport of that name; without a name the usual one, or the only one. */
  static QuicTransport transport(CommandSpec spec, String name) {
    List<QuicTransport> found = Discovery.transports().found();
    String wanted =
        !name.isEmpty() ? name : found.size() == 1 ? found.get(0).name() : PREFERRED_TRANSPORT;
    return found.stream()
        .filter(transport -> transport.name().equals(wanted))
        .findFirst()
        .orElseThrow(() -> unknownTransport(spec, wanted, found));
  }

  static ParameterException unknownTransport(
      CommandSpec spec, String wanted, List<QuicTransport> found) {
    List<String> names = found.stream().map(QuicTransport::name).toList();
    return refused(
        spec,
        "--transport must be one of those found, "
            + (names.isEmpty() ? "but none was" : String.join(", ", names))
            + "; was \""
            + wanted
            + "\" (quicpool providers tells more)");
  }
}

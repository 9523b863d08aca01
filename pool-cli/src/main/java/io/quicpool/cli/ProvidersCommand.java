package io.quicpool.cli;

import io.quicpool.Capability;
import io.quicpool.PoolOpenException;
import io.quicpool.Tls;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lists the transports and eviction policies that are there, and tries each transport. */
@Command(
    name = "providers",
    sortOptions = false,
    description =
        "Lists the transports and eviction policies found, with versions and capabilities; each"
            + " transport is started for that, so that one which cannot load is seen here.")
final class ProvidersCommand implements Callable<Integer> {
  private static final String INDENT = "  ";

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    boolean allWork = transports(out);
    out.println();
    allWork &= policies(out);
    out.flush();
    return allWork ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static boolean transports(PrintWriter out) {
    Discovery<QuicTransport> transports = Discovery.transports();
    boolean allWork = transports.failed().isEmpty();
    Table table = new Table(3, "transport", "version", "capabilities");
    for (QuicTransport transport : transports.found()) {
      String capabilities;
      try {
        capabilities = names(capabilities(transport));
      } catch (PoolOpenException | RuntimeException | LinkageError e) {
        capabilities = "FAILED: " + Failures.withCauses(e);
        allWork = false;
      }
      table.row(transport.name(), transport.version(), capabilities);
    }
    out.print(transports.found().isEmpty() ? "no transport was found\n" : table.render());
    failures(out, transports.failed());
    return allWork;
  }

  private static boolean policies(PrintWriter out) {
    Discovery<EvictionPolicy> policies = Discovery.policies();
    Table table = new Table(3, "eviction policy", "version", "class");
    for (EvictionPolicy policy : policies.found()) {
      table.row(policy.name(), Version.of(policy.getClass()), policy.getClass().getName());
    }
    out.print(policies.found().isEmpty() ? "no eviction policy was found\n" : table.render());
    failures(out, policies.failed());
    return policies.failed().isEmpty();
  }

  private static void failures(PrintWriter out, List<Throwable> failed) {
    for (Throwable cause : failed) {
      out.println(INDENT + "FAILED: " + Failures.withCauses(cause));
    }
  }

  private static Set<Capability> capabilities(QuicTransport transport) throws PoolOpenException {
    EndpointConfig config =
        EndpointConfig.builder(Arguments.DEFAULT_ALPN, Tls.pinning().load()).build();
    try (QuicEndpoint endpoint = transport.open(config)) {
      return endpoint.capabilities();
    }
  }

  private static String names(Set<Capability> capabilities) {
    return new TreeSet<>(capabilities)
        .stream()
            .map(capability -> capability.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .collect(Collectors.joining(", "));
  }
}

package io.quicpool.cli;

import io.quicpool.spi.EvictionPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quicpool simulate-eviction}: how often policies would have the connection at hand. */
@Command(
    name = "simulate-eviction",
    sortOptions = false,
    description = {
      "Replays which peer is asked for after which, and prints how many requests would find their"
          + " connection pooled: under each policy, and if the future were known (the optimum).",
      "Nothing is dialled."
    })
final class SimulateEvictionCommand implements Callable<Integer> {
  private static final int MOST_CONNECTIONS = 10_000_000;

  @Spec private CommandSpec spec;

  private List<Integer> caps = List.of();
  private List<String> wanted = List.of();
  private Optional<Path> folder = Optional.empty();
  private Optional<Path> pagePath = Optional.empty();

  @Parameters(
      index = "0",
      paramLabel = "WORKLOAD",
      description = {
        "zipf:EXPONENT,PEERS,REQUESTS  the n-th peer is asked for as often as 1/n^EXPONENT;",
        "loop:PEERS,REQUESTS  one after the other, around and around;",
        "scan:HOT,COLD,REQUESTS  HOT peers at random, and from time to time a pass over COLD others;",
        "or a file with a peer in each line."
      })
  private String workload = "";

  @Option(
      names = "--seed",
      order = 4,
      paramLabel = "N",
      defaultValue = "1",
      description = "Of what is made up at random (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--cap",
      order = 1,
      paramLabel = "N",
      split = ",",
      defaultValue = "100",
      description = "Connections at most; several make a plot (default: ${DEFAULT-VALUE}).")
  void caps(List<Integer> numbers) {
    numbers.forEach(cap -> Arguments.inRange(spec, "--cap", cap, 1, MOST_CONNECTIONS));
    caps = numbers.stream().sorted().distinct().toList();
  }

  @Option(
      names = "--policy",
      order = 2,
      paramLabel = "NAME",
      split = ",",
      description = "One or more of those found (default: all).")
  void policies(List<String> names) {
    wanted = List.copyOf(names);
  }

  @Option(
      names = "--module-path",
      order = 3,
      paramLabel = "FOLDER",
      description = "Where the jars of further policies are.")
  void modulePath(Path path) {
    folder = Optional.of(path);
  }

  @Option(
      names = "--report",
      order = 5,
      paramLabel = "FILE.html",
      description = "Also write a page with the table and a plot.")
  void report(Path file) {
    pagePath = Optional.of(file);
  }

  @Override
  public Integer call() throws IOException {
    Map<String, Supplier<EvictionPolicy>> policies = policies();
    Workload replayed = workload();
    try (ResultFile page = Arguments.resultFile(spec, "--report", pagePath)) {
      HitRates rates = HitRates.of(replayed, caps, policies);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "%d requests for %d peers (%s).%n%n",
          replayed.requestCount(), replayed.peerCount(), workload);
      out.print(rates.text());
      out.flush();
      page.write(target -> rates.page(workload).writeTo(target));
    }
    return ExitCode.OK;
  }

  private Workload workload() throws IOException {
    try {
      return Workload.of(workload, seed);
    } catch (IllegalArgumentException e) {
      throw Arguments.refused(spec, String.valueOf(e.getMessage()));
    } catch (NoSuchFileException e) {
      throw Arguments.refused(
          spec,
          "WORKLOAD must be zipf:…, loop:…, scan:… or the name of a file, there is no "
              + e.getFile());
    }
  }

  /** By name: each replay takes a policy of its own. */
  private Map<String, Supplier<EvictionPolicy>> policies() {
    Map<String, Supplier<EvictionPolicy>> found = new LinkedHashMap<>();
    for (ServiceLoader.Provider<EvictionPolicy> provider : loader().stream().toList()) {
      found.putIfAbsent(provider.get().name(), provider);
    }
    if (wanted.isEmpty()) {
      return found;
    }
    List<String> unknown = new ArrayList<>(wanted);
    unknown.removeAll(found.keySet());
    if (!unknown.isEmpty()) {
      throw Arguments.refused(
          spec,
          "--policy must be one of those found, "
              + String.join(", ", found.keySet())
              + "; was \""
              + unknown.get(0)
              + "\"");
    }
    Map<String, Supplier<EvictionPolicy>> chosen = new LinkedHashMap<>();
    for (String name : wanted) {
      Supplier<EvictionPolicy> one = found.get(name);
      if (one != null) {
        chosen.put(name, one);
      }
    }
    return chosen;
  }

  private ServiceLoader<EvictionPolicy> loader() {
    if (folder.isEmpty()) {
      return ServiceLoader.load(EvictionPolicy.class);
    }
    if (!Files.isDirectory(folder.get())) {
      throw Arguments.refused(spec, "--module-path must be a folder, was " + folder.get());
    }
    try {
      ModuleFinder finder = ModuleFinder.of(folder.get());
      Configuration resolved =
          ModuleLayer.boot()
              .configuration()
              .resolve(
                  ModuleFinder.of(), // what is here already is not to be hidden
                  finder,
                  finder.findAll().stream()
                      .map(ModuleReference::descriptor)
                      .map(descriptor -> descriptor.name())
                      .toList());
      return ServiceLoader.load(
          ModuleLayer.boot()
              .defineModulesWithOneLoader(resolved, SimulateEvictionCommand.class.getClassLoader()),
          EvictionPolicy.class);
    } catch (FindException | ResolutionException | LayerInstantiationException e) {
      throw Arguments.refused(
          spec, "--module-path must hold modules that resolve: " + Failures.inOneLine(e));
    }
  }
}

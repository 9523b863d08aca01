package io.quicpool.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The figures and pictures of docs/scale.md. */
final class ScaleReport {
  private static final int PEERS = 1_000_000;
  private static final int REQUESTS = 2_000_000;
  private static final int[] CAPS = {100, 1_000, 10_000, 100_000};
  private static final double[] EXPONENTS = {0.9, 1.1};
  private static final int PARTITIONED = 1_000;

  private final StringBuilder figures = new StringBuilder();

  private ScaleReport() {}

  /** Writes {@code scale.md} with the tables, and the pictures. */
  static void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    ScaleReport report = new ScaleReport();
    Files.writeString(folder.resolve("scale-hit-rate.svg"), report.hitRates());
    Files.writeString(folder.resolve("scale-partition.svg"), report.partition());
    Files.writeString(folder.resolve("scale.md"), report.figures);
  }

  private String hitRates() throws IOException {
    Plot plot =
        new Plot(
            "hit rate in % by maxConnections, of 1 000 000 peers",
            Arrays.stream(CAPS).mapToObj(cap -> String.format(Locale.ROOT, "%,d", cap)).toList(),
            100);
    figures.append("| Zipf | maxConnections | hit rate | optimal | of the optimal |").append("\n");
    figures.append("|---|---|---|---|---|").append("\n");
    for (double exponent : EXPONENTS) {
      int[] requests = new Zipf(PEERS, exponent, 1).sequence(REQUESTS);
      double[] pool = new double[CAPS.length];
      double[] best = new double[CAPS.length];
      for (int i = 0; i < CAPS.length; i++) {
        pool[i] = 100.0 * Scale.hits(requests, PEERS, CAPS[i]) / REQUESTS;
        best[i] = 100.0 * Optimum.hits(requests, PEERS, CAPS[i]) / REQUESTS;
        figures.append(
            String.format(
                Locale.ROOT,
                "| %.1f | %d | %.1f %% | %.1f %% | %.2f |%n",
                exponent,
                CAPS[i],
                pool[i],
                best[i],
                pool[i] / best[i]));
      }
      plot.curve("Zipf " + exponent + ", the pool (lru)", pool);
      plot.curve("Zipf " + exponent + ", the optimum", best);
    }
    return plot.svg();
  }

  private String partition() throws IOException {
    double[] without = perPeer(Scale.Partition.dials(PARTITIONED, Duration.ZERO));
    double[] with = perPeer(Scale.Partition.dials(PARTITIONED, Duration.ofSeconds(2)));
    figures.append("| | without backoff | with (2 s) | ratio |").append("\n");
    figures.append("|---|---|---|---|").append("\n");
    row("peak of a second", without, with, Scale.Partition.BEGINS, Scale.Partition.OVER);
    row(
        "peak from its fifth second on",
        without,
        with,
        Scale.Partition.BEGINS + 5,
        Scale.Partition.ENDS);
    row("peak after it healed", without, with, Scale.Partition.ENDS, Scale.Partition.OVER);
    List<String> seconds = new ArrayList<>();
    for (int second = 0; second < with.length; second++) {
      seconds.add(second % 5 == 0 ? second + " s" : "");
    }
    Plot plot =
        new Plot("dials a second and peer, while none can be reached from 5 to 35 s", seconds, 24);
    plot.curve("without backoff", without);
    plot.curve("with backoff (maxBackoff 2 s)", with);
    return plot.svg();
  }

  private static double[] perPeer(long[] dials) {
    return Arrays.stream(dials).mapToDouble(count -> (double) count / PARTITIONED).toArray();
  }

  private void row(String name, double[] without, double[] with, int from, int to) {
    double a = Arrays.stream(without, from, to).max().orElseThrow();
    double b = Arrays.stream(with, from, to).max().orElseThrow();
    figures.append(
        String.format(Locale.ROOT, "| %s | %.2f | %.2f | 1 / %.1f |%n", name, a, b, a / b));
  }
}

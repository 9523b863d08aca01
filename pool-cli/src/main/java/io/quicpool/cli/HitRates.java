package io.quicpool.cli;

import io.quicpool.spi.EvictionPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Which share of a workload's requests finds its connection pooled.
 *
 * @param caps how many connections there may be
 * @param byPolicy the shares by name of the policy, one for each cap
 * @param optimal those of whoever knows the future
 */
record HitRates(List<Integer> caps, Map<String, List<Double>> byPolicy, List<Double> optimal) {

  static HitRates of(
      Workload workload, List<Integer> caps, Map<String, Supplier<EvictionPolicy>> policies) {
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    policies.forEach(
        (name, policy) ->
            rates.put(name, rates(workload, caps, replay -> replay.hits(policy.get()))));
    return new HitRates(List.copyOf(caps), rates, rates(workload, caps, Replay::optimalHits));
  }

  private static List<Double> rates(
      Workload workload, List<Integer> caps, ToIntFunction<Replay> hits) {
    double requests = workload.requestCount();
    return caps.stream().map(cap -> hits.applyAsInt(new Replay(workload, cap)) / requests).toList();
  }

  private static String ofOptimal(double rate, double optimal) {
    return optimal == 0 ? "-" : Units.percent(rate / optimal);
  }

  String text() {
    Table table = new Table(2, "cap", "policy", "hit rate", "of the optimum");
    rows().forEach(row -> table.row(row.toArray(String[]::new)));
    return table.render();
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < caps.size(); i++) {
      String cap = String.valueOf(caps.get(i));
      double best = optimal.get(i);
      for (Map.Entry<String, List<Double>> each : byPolicy.entrySet()) {
        double rate = each.getValue().get(i);
        rows.add(List.of(cap, each.getKey(), Units.percent(rate), ofOptimal(rate, best)));
      }
      rows.add(List.of(cap, "(optimum)", Units.percent(best), "100.0 %"));
    }
    return rows;
  }

  HtmlReport page(String workload) throws IOException {
    HtmlReport page =
        new HtmlReport("Eviction policies on " + workload)
            .table(List.of("cap", "policy", "hit rate", "of the optimum"), rows());
    if (caps.size() < 2) {
      return page;
    }
    List<HtmlReport.Line> lines = new ArrayList<>();
    byPolicy.forEach((name, rates) -> lines.add(new HtmlReport.Line(name, percents(rates))));
    lines.add(new HtmlReport.Line("optimum", percents(optimal)));
    return page.plot(
        "Hit rate by how many connections there may be",
        new HtmlReport.Axes("maxConnections", true, "hit rate, percent", false),
        caps.stream().map(Integer::doubleValue).toList(),
        lines);
  }

  private static List<Double> percents(List<Double> rates) {
    return rates.stream().map(rate -> 100 * rate).toList();
  }
}

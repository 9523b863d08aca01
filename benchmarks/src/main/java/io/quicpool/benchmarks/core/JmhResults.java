package io.quicpool.benchmarks.core;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;

/** What a {@link JmhRun} measured, by the values of its parameters in their order. */
final class JmhResults {
  private final Map<List<String>, RunResult> byValues = new HashMap<>();

  JmhResults(List<String> parameters, Collection<RunResult> results) {
    for (RunResult result : results) {
      byValues.put(parameters.stream().map(result.getParams()::getParam).toList(), result);
    }
  }

  private RunResult of(String... values) {
    RunResult result = byValues.get(List.of(values));
    if (result == null) {
      throw new IllegalArgumentException("nothing was measured for " + List.of(values));
    }
    return result;
  }

  /** The mean time of an operation. */
  double time(String... values) {
    return of(values).getPrimaryResult().getScore();
  }

  /** How many bytes an operation allocates. */
  double bytes(String... values) {
    RunResult result = of(values);
    for (String name : result.getSecondaryResults().keySet()) {
      if (name.endsWith("gc.alloc.rate.norm")) {
        return result.getSecondaryResults().get(name).getScore();
      }
    }
    throw new IllegalStateException("JMH must tell what was allocated");
  }
}

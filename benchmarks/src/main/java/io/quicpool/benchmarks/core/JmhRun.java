package io.quicpool.benchmarks.core;

import io.quicpool.benchmarks.report.Progress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** One method of JMH over the values of its parameters, with what the garbage collector tells. */
final class JmhRun {
  private final Class<?> benchmark;
  private final Map<String, String[]> parameters = new LinkedHashMap<>();
  private final boolean quick;
  private int threads = 1;
  private int forks = 1;
  private int iterations = 5;
  private String heap = "1g";

  JmhRun(Class<?> benchmark, boolean quick) {
    this.benchmark = benchmark;
    this.quick = quick;
  }

  JmhRun parameter(String name, String... values) {
    parameters.put(name, values);
    return this;
  }

  JmhRun threads(int count) {
    threads = count;
    return this;
  }

  JmhRun forks(int count) {
    forks = count;
    return this;
  }

  /** So many to warm up in each fork, and as many that count. */
  JmhRun iterations(int count) {
    iterations = count;
    return this;
  }

  JmhRun heap(String size) {
    heap = size;
    return this;
  }

  /** The mean of each combination of parameters. */
  JmhResults run(Progress progress) throws RunnerException {
    int each = quick ? 1 : iterations;
    TimeValue length = quick ? TimeValue.milliseconds(50) : TimeValue.seconds(1);
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(benchmark.getName() + "\\.")
            .threads(threads)
            .forks(quick ? 0 : forks)
            .warmupIterations(each)
            .warmupTime(length)
            .measurementIterations(each)
            .measurementTime(length)
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            // Pages that are touched for the first time cost more than what is measured.
            .jvmArgs("-Xms" + heap, "-Xmx" + heap, "-XX:+AlwaysPreTouch");
    parameters.forEach(options::param);
    int combinations =
        parameters.values().stream().mapToInt(values -> values.length).reduce(1, (a, b) -> a * b);
    progress.expect((long) combinations * (quick ? 1 : forks) * 2 * each);
    progress.phase(threads == 1 ? "1 thread" : threads + " threads");
    return new JmhResults(
        List.copyOf(parameters.keySet()),
        new Runner(options.build(), new IterationSteps(progress)).run());
  }
}

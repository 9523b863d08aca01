package io.quicpool.benchmarks.core;

import io.quicpool.benchmarks.report.Progress;
import java.util.Collection;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/** Tells a {@link Progress} of each iteration of JMH, and of what went wrong; nothing else. */
final class IterationSteps implements OutputFormat {
  private final Progress progress;

  IterationSteps(Progress progress) {
    this.progress = progress;
  }

  @Override
  public void iteration(BenchmarkParams benchmark, IterationParams params, int iteration) {}

  @Override
  public void iterationResult(
      BenchmarkParams benchmark, IterationParams params, int iteration, IterationResult data) {
    progress.step();
  }

  @Override
  public void startBenchmark(BenchmarkParams benchmark) {}

  @Override
  public void endBenchmark(BenchmarkResult result) {}

  @Override
  public void startRun() {}

  @Override
  public void endRun(Collection<RunResult> result) {}

  @Override
  public void print(String text) {}

  @Override
  public void println(String text) {
    if (text.contains("Exception") || text.contains("<failure>")) {
      System.err.println(text);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}

  @Override
  public void verbosePrintln(String text) {}

  @Override
  public void write(int one) {}

  @Override
  public void write(byte[] bytes) {}
}

package io.quicpool.benchmarks.report;

import java.io.PrintStream;
import java.util.Optional;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows on standard error how far a run is, if that is a terminal. Not thread-safe. */
public final class Progress implements AutoCloseable {
  /** Set by {@code benchmarks/run} to the width of the terminal; 0 or absent if there is none. */
  private static final int COLUMNS = Integer.getInteger("benchmarks.columns", 0);

  private static final int LEAST_COLUMNS = 20;
  private static final int MOST_COLUMNS = 100;

  private final Optional<ProgressBar> bar;

  private Progress(Optional<ProgressBar> bar) {
    this.bar = bar;
  }

  /** Of a run with that name; {@link #expect} tells how long it is. */
  public static Progress open(String task) {
    if (COLUMNS < LEAST_COLUMNS) {
      return silent();
    }
    int width = Math.min(COLUMNS, MOST_COLUMNS) - 1; // the last column may wrap
    return new Progress(
        Optional.of(
            ProgressBar.builder()
                .setTaskName(task)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(
                    new DelegatingProgressBarConsumer(text -> draw(System.err, text, width), width))
                .clearDisplayOnFinish()
                .build()));
  }

  /** Shows nothing. */
  public static Progress silent() {
    return new Progress(Optional.empty());
  }

  private static void draw(PrintStream terminal, String text, int width) {
    String line = text.replace("\r", "");
    terminal.print("\r" + line + " ".repeat(Math.max(0, width - line.length())) + "\r");
    terminal.flush();
  }

  /** So many steps more. */
  public void expect(long steps) {
    bar.ifPresent(shown -> shown.maxHint(Math.max(0, shown.getMax()) + steps));
  }

  /** What the next steps are about, in a word or two. */
  public void phase(String name) {
    bar.ifPresent(shown -> shown.setExtraMessage(name));
  }

  /** A step was done. */
  public void step() {
    bar.ifPresent(ProgressBar::step);
  }

  @Override
  public void close() {
    bar.ifPresent(ProgressBar::close);
  }
}

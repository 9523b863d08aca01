package io.quicpool.cli;

import java.io.PrintStream;
import java.util.OptionalInt;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on one line of a terminal, gone when it is closed. */
final class TerminalBar implements Progress, AutoCloseable {
  /**
   * Set by the launcher, which can ask, to the width of the terminal if standard output and
   * standard error both are one. The JDK cannot tell: {@code System.console()} looks at standard
   * input too, and from JDK 22 on it says nothing.
   */
  static final String COLUMNS_PROPERTY = "quicpool.columns";

  private static final int LEAST_COLUMNS = 20;
  private static final int MOST_COLUMNS = 100;
  private static final int UPDATE_MILLIS = 100;

  private final ProgressBar bar;

  private TerminalBar(ProgressBar bar) {
    this.bar = bar;
  }

  /** A bar on standard error, which is a terminal of so many columns. */
  static TerminalBar open(String task, long steps, int columns) {
    int width = Math.min(columns, MOST_COLUMNS) - 1; // the last column may wrap
    return new TerminalBar(
        ProgressBar.builder()
            .setTaskName(task)
            .setInitialMax(steps)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setMaxRenderedLength(width)
            .setConsumer(
                new DelegatingProgressBarConsumer(text -> draw(System.err, text, width), width))
            .clearDisplayOnFinish()
            .build());
  }

  /** The width of the terminal, if there is one and it is wide enough for a bar. */
  static OptionalInt columns() {
    OptionalInt columns = OptionalInt.of(Integer.getInteger(COLUMNS_PROPERTY, 0));
    return columns.getAsInt() >= LEAST_COLUMNS ? columns : OptionalInt.empty();
  }

  private static void draw(PrintStream terminal, String text, int width) {
    String line = text.replace("\r", "");
    terminal.print("\r" + line + " ".repeat(Math.max(0, width - line.length())) + "\r");
    terminal.flush();
  }

  @Override
  public void step() {
    bar.step();
  }

  @Override
  public void phase(String name) {
    bar.setExtraMessage(name);
  }

  @Override
  public void close() {
    bar.close();
  }
}

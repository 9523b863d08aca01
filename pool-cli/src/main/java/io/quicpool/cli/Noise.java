package io.quicpool.cli;

import java.io.PrintWriter;
import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/** Keeps from the terminal what is not this command's own, unless it is asked for. */
final class Noise {
  /** Held, since the platform forgets the settings of loggers that nobody holds. */
  private static final Logger ROOT = Logger.getLogger("");

  private Noise() {}

  /** Applies to logging, and to threads that die of an exception. */
  static void configure(boolean verbose, PrintWriter err) {
    LogManager.getLogManager().reset();
    if (verbose) {
      ROOT.addHandler(new ConsoleHandler());
      ROOT.setLevel(Level.INFO);
    } else {
      ROOT.setLevel(Level.OFF);
    }
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> {
          err.println(
              "quicpool: the thread "
                  + thread.getName()
                  + " died: "
                  + Failures.inOneLine(thrown)
                  + (verbose ? "" : " (--verbose tells more)"));
          if (verbose) {
            thrown.printStackTrace(err);
          }
          err.flush();
        });
  }
}

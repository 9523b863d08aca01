package io.quicpool.cli;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Words for what went wrong. */
final class Failures {
  private static final int LONGEST = 600;

  private Failures() {}

  /** What happened, in one line and without control characters, for whoever typed the command. */
  static String inOneLine(Throwable thrown) {
    Throwable failure = unwrapped(thrown);
    String message = failure.getMessage();
    String text =
        message == null || message.isBlank()
            ? failure.getClass().getSimpleName()
            : isExplained(failure) ? message : failure.getClass().getSimpleName() + ": " + message;
    String line = text.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
  }

  /** What happened, followed by what led to it where that says more. */
  static String withCauses(Throwable thrown) {
    StringBuilder out = new StringBuilder(inOneLine(thrown));
    Throwable cause = unwrapped(thrown).getCause();
    for (int depth = 0; cause != null && depth < 5; depth++) {
      String line = inOneLine(cause);
      if (out.indexOf(line) < 0) {
        out.append("; because: ").append(line);
      }
      cause = cause.getCause();
    }
    return out.toString();
  }

  private static Throwable unwrapped(Throwable thrown) {
    Throwable failure = thrown;
    while (failure.getCause() != null
        && (failure instanceof ExecutionException || failure instanceof CompletionException)) {
      failure = failure.getCause();
    }
    return failure;
  }

  /** Whether its message stands by itself: ours do, and picocli's. */
  private static boolean isExplained(Throwable failure) {
    String name = failure.getClass().getName();
    return name.startsWith("io.quicpool.")
        || name.startsWith("picocli.")
        || failure.getClass() == IOException.class;
  }
}

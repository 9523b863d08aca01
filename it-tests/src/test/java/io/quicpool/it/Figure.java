package io.quicpool.it;

import java.time.Duration;

/**
 * Prints what was measured for a row of docs/reliability.md, which says how to collect it, and on
 * which stack. A test prints before it judges.
 */
final class Figure {
  private Figure() {}

  static void print(String row, String transport, String what, long number) {
    String stack = Stacks.transport(transport).version();
    System.out.println(row + " " + stack + ": " + what + " " + number);
  }

  static void print(String row, String transport, String what, Duration took) {
    print(row, transport, what + " ms", took.toMillis());
  }
}

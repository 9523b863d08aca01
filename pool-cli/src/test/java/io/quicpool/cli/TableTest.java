package io.quicpool.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TableTest {

  @Test
  void namesStandLeftAndNumbersRight() {
    Table table = new Table(1, "transport", "p50", "p95").row("netty", "1.00 ms", "12.5 ms");
    table.row("kwik", "100.0 ms", "7 ms");
    assertEquals(
        """
        transport        p50       p95
        ---------   --------   -------
        netty        1.00 ms   12.5 ms
        kwik        100.0 ms      7 ms
        """,
        table.render());
  }

  @Test
  void noLineEndsInBlanks() {
    assertEquals("a    b\n--   -\nxx\n", new Table(2, "a", "b").row("xx", "").render());
  }

  @Test
  void aRowOfAnotherLengthIsRefused() {
    Table table = new Table(1, "a", "b");
    assertThrows(IllegalArgumentException.class, () -> table.row("1"));
  }

  @Test
  void millisecondsKeepAboutThreePlaces() {
    assertEquals("104.1 ms", Units.millis(Duration.ofNanos(104_140_000)));
    assertEquals("2.31 ms", Units.millis(Duration.ofNanos(2_312_000)));
    assertEquals("0.087 ms", Units.millis(Duration.ofNanos(87_400)));
    assertEquals("96.0 %", Units.percent(0.96));
    assertEquals("1.99x", Units.factor(1.9912));
  }
}

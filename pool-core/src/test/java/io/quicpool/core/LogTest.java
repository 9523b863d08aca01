package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quicpool.Lease;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a pool writes into the log, read where the JDK's own logging is behind it. */
class LogTest extends PoolTest {
  private final Logger logger = Logger.getLogger("io.quicpool");
  private final Level before = logger.getLevel();
  private final List<String> lines = new ArrayList<>();

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          lines.add(entry.getLevel() + " " + new SimpleFormatter().formatMessage(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void hush() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
    logger.setLevel(before);
  }

  @Test
  void eachDecisionIsALineWithTheConnectionsIdAndAHitIsNone() throws Exception {
    logger.setLevel(Level.FINE);
    Scene scene = open(builder -> builder.name("chat").maxConnections(1));
    scene.use(1);
    lines.clear();

    scene.use(1);
    assertEquals(List.of(), lines);
    scene.use(2);

    assertEquals(
        List.of(
            "FINE chat: connection 1 to 10.0.0.1:4433 left the pool: evicted",
            "FINE chat: connection 1 to 10.0.0.1:4433 was closed: LOCAL code 1 (evicted)",
            "FINE chat: dials 10.0.0.2:4433",
            "FINE chat: reached 10.0.0.2:4433 after 0 ms",
            "FINE chat: connection 2 to 10.0.0.2:4433 is open, dialled at /10.0.0.2:4433",
            "FINE chat: served a caller for 10.0.0.2:4433 after 0 ms"),
        lines);
  }

  @Test
  void atTheUsualLevelALeakIsToldAndNothingElse() throws Exception {
    logger.setLevel(Level.INFO);
    Scene scene = open(builder -> builder.name("chat").leakDetectionThreshold(seconds(5)));
    lines.clear(); // that peers are not verified
    Lease held = scene.lease(1);

    scene.advance(seconds(10));

    assertEquals(
        List.of(
            "WARNING chat: a lease on connection 1 to 10.0.0.1:4433 that was acquired 5.0 s ago is"
                + " still held"),
        lines);
    held.close();
  }
}

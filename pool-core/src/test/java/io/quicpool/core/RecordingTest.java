package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.core.jfr.AcquireWaitEvent;
import io.quicpool.core.jfr.DialEvent;
import io.quicpool.core.jfr.SuspectEvent;
import io.quicpool.testkit.DialOutcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.SettingDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;

/** What a pool writes into recordings of Flight Recorder, read as it is written. */
class RecordingTest extends PoolTest {
  private static final List<String> NAMES =
      List.of("Dial", "AcquireWait", "Eviction", "Close", "Suspect", "Leak");

  private final BlockingQueue<RecordedEvent> events = new LinkedBlockingQueue<>();

  /** Names the pools of a test, since the stream shows those of others too. */
  private static String poolOf(RecordedEvent event) {
    return event.getString("pool");
  }

  private RecordingStream recording(String pool) {
    RecordingStream stream = new RecordingStream();
    NAMES.forEach(name -> stream.enable("io.quicpool." + name).withThreshold(Duration.ZERO));
    stream.setReuse(false);
    stream.onEvent(
        event -> {
          if (event.getEventType().getName().startsWith("io.quicpool.")
              && poolOf(event).equals(pool)) {
            events.add(event);
          }
        });
    return stream;
  }

  /** The next event that is recorded, which must be one of that name. */
  private RecordedEvent next(String name) throws InterruptedException {
    RecordedEvent event = events.take();
    assertEquals("io.quicpool." + name, event.getEventType().getName(), event::toString);
    return event;
  }

  @Test
  void byDefaultEachDialIsRecordedAndWaitsFromAMillisecondOn() {
    assertEquals("0 ms", threshold(DialEvent.class));
    assertEquals("1 ms", threshold(AcquireWaitEvent.class));
    assertEquals("0 ms", threshold(SuspectEvent.class));
  }

  private static String threshold(Class<? extends Event> event) {
    return EventType.getEventType(event).getSettingDescriptors().stream()
        .filter(setting -> setting.getName().equals("threshold"))
        .map(SettingDescriptor::getDefaultValue)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void dialsWaitsEvictionsAndClosesAreRecorded() throws Exception {
    try (RecordingStream stream = recording("recorded")) {
      stream.startAsync();
      Scene scene = open(builder -> builder.name("recorded").maxConnections(1));
      scene.use(1, 1);
      scene.script(3).dials(DialOutcome.failing(new IllegalStateException("unreachable")));
      scene.use(2);
      scene.ask(3);

      RecordedEvent dial = next("Dial");
      assertEquals("10.0.0.1:4433", dial.getString("peer"));
      assertTrue(dial.getBoolean("connected"));
      RecordedEvent wait = next("AcquireWait");
      assertEquals("served", wait.getString("outcome"));
      assertFalse(wait.getDuration().isNegative());
      RecordedEvent eviction = next("Eviction");
      assertEquals(1, eviction.getLong("connectionId"));
      RecordedEvent close = next("Close");
      assertEquals("evicted", close.getString("cause"));
      assertEquals("local", close.getString("by"));
      assertEquals(1, close.getLong("code"));
      next("Dial");
      next("AcquireWait");
      next("Eviction");
      next("Close");
      RecordedEvent failed = next("Dial");
      assertFalse(failed.getBoolean("connected"));
      assertTrue(failed.getString("reason").contains("unreachable"), failed.getString("reason"));
      assertEquals("failed", next("AcquireWait").getString("outcome"));
    }
  }

  @Test
  void aDoubtIsRecordedWithItsVerdictAndALeakWithItsStack() throws Exception {
    try (RecordingStream stream = recording("doubted")) {
      stream.startAsync();
      Scene scene =
          open(
              builder ->
                  builder
                      .name("doubted")
                      .leakDetectionThreshold(seconds(5))
                      .probeAfter(seconds(3600)) // else the lease is asked for signs of life, too
                      .probeLeasedAfter(seconds(3600)));
      Lease held = scene.lease(1);
      next("Dial");
      next("AcquireWait");
      scene.advance(seconds(10));
      RecordedEvent leak = next("Leak");
      assertTrue(leak.getString("acquiredAt").contains("RecordingTest"));
      held.close();
      scene.connection(1).dieSilently();

      scene.pool.onNetworkChange();
      scene.advance(seconds(20));

      RecordedEvent doubt = next("Suspect");
      assertEquals("unresponsive", doubt.getString("verdict"));
      assertEquals(1, doubt.getLong("connectionId"));
      assertEquals("unresponsive", next("Close").getString("cause"));
    }
  }

  @Test
  void aWaitBelowTheThresholdIsNotRecorded() throws Exception {
    try (RecordingStream stream = recording("fast")) {
      stream.enable("io.quicpool.Dial").withThreshold(Duration.ofHours(1));
      stream.enable("io.quicpool.AcquireWait").withThreshold(Duration.ofHours(1));
      stream.startAsync();
      Scene scene = open(builder -> builder.name("fast").maxConnections(1));
      scene.use(1);
      scene.pool.invalidate(scene.peer(1));

      assertEquals("invalidated", next("Close").getString("cause"));
    }
  }
}

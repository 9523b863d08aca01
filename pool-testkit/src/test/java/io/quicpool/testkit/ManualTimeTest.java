package io.quicpool.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quicpool.spi.PoolTime.Alarm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ManualTimeTest {
  private final ManualTime time = new ManualTime();
  private final List<String> ran = new ArrayList<>();

  @Test
  void startsAtAnArbitraryValueAndStandsStill() {
    assertNotEquals(0, time.nanos());
    assertEquals(time.nanos(), time.nanos());
    assertEquals(Duration.ZERO, time.elapsed());
  }

  @Test
  void alarmsRunInOrderOfTimeThenOfSchedulingAtTheirOwnTime() {
    long start = time.nanos();
    time.schedule(20, () -> ran.add("c@" + (time.nanos() - start)));
    time.schedule(10, () -> ran.add("a@" + (time.nanos() - start)));
    time.schedule(10, () -> ran.add("b@" + (time.nanos() - start)));
    time.schedule(31, () -> ran.add("d"));
    time.advance(Duration.ofNanos(30));
    assertEquals(List.of("a@10", "b@10", "c@20"), ran);
    assertEquals(30, time.nanos() - start);
    assertEquals(1, time.pending());
    assertEquals(Optional.of(Duration.ofNanos(1)), time.untilNext());
  }

  @Test
  void anAlarmWithoutDelayRunsSoonButNotWithinTheCall() {
    time.schedule(-5, () -> ran.add("x"));
    assertEquals(List.of(), ran);
    time.runDue();
    assertEquals(List.of("x"), ran);
  }

  @Test
  void anAlarmMayScheduleAnotherThatRunsInTheSameAdvance() {
    time.schedule(5, () -> time.schedule(5, () -> ran.add("nested")));
    time.advance(Duration.ofNanos(10));
    assertEquals(List.of("nested"), ran);
  }

  @Test
  void aCancelledAlarmNeverRuns() {
    Alarm alarm = time.schedule(5, () -> ran.add("x"));
    alarm.cancel();
    time.advance(Duration.ofSeconds(1));
    assertEquals(List.of(), ran);
    assertEquals(0, time.pending());
  }

  @Test
  void exceptionsReachTheCallerAfterEverythingDueRan() {
    IllegalStateException first = new IllegalStateException("first");
    IllegalStateException second = new IllegalStateException("second");
    long start = time.nanos();
    time.schedule(
        1,
        () -> {
          throw first;
        });
    time.schedule(
        2,
        () -> {
          throw second;
        });
    time.schedule(3, () -> ran.add("third"));
    IllegalStateException thrown =
        assertThrows(IllegalStateException.class, () -> time.advance(Duration.ofNanos(9)));
    assertSame(first, thrown);
    assertSame(second, thrown.getSuppressed()[0]);
    assertEquals(List.of("third"), ran);
    assertEquals(9, time.nanos() - start);
  }

  @Test
  void theClockOverflowsAsSystemNanosDo() {
    ManualTime late = new ManualTime(Long.MAX_VALUE - 5);
    long start = late.nanos();
    late.schedule(10, () -> ran.add("past the overflow"));
    late.schedule(Long.MAX_VALUE, () -> ran.add("never"));
    late.advance(Duration.ofNanos(9));
    assertEquals(List.of(), ran);
    late.advance(Duration.ofNanos(1));
    assertEquals(List.of("past the overflow"), ran);
    assertEquals(10, late.nanos() - start);
    assertEquals(1, late.pending());
  }

  @Test
  void timeNeverGoesBackNorIsItAdvancedByAnAlarm() {
    assertThrows(IllegalArgumentException.class, () -> time.advance(Duration.ofNanos(-1)));
    time.schedule(0, () -> time.advance(Duration.ofNanos(1)));
    assertThrows(IllegalStateException.class, time::runDue);
  }
}

package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much is read between two looks of the codec at what it has to send (N20). */
class ReadStepsTest {
  private static final long SMALL_LIMIT = 32 * 1024; // which is raised from the beginning
  private static final long LIMIT = 100_000;
  private static final int STEP = 16 * 1024;
  private static final int WHILE_SMALL = (4 << 20) / (STEP / 4); // of quarter steps

  private final Queue<Runnable> loop = new ArrayDeque<>();
  private final Queue<Runnable> pauses = new ArrayDeque<>();
  private int elicited;
  private final ScheduledExecutorService executor = mock();
  private final ReadSteps steps = new ReadSteps(executor, SMALL_LIMIT, () -> elicited++);
  private ExtendedHandle handle = (ExtendedHandle) steps.newHandle();

  @BeforeEach
  void tasksWaitUntilTheyAreTaken() {
    doAnswer(call -> loop.add(call.getArgument(0))).when(executor).execute(any());
    doAnswer(
            call -> {
              pauses.add(call.getArgument(0));
              return null;
            })
        .when(executor)
        .schedule(any(Runnable.class), anyLong(), any());
  }

  private int read(int there) {
    ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
    int count = Math.min(there, buffer.writableBytes());
    buffer.release();
    handle.attemptedBytesRead(count);
    handle.lastBytesRead(count);
    return count;
  }

  @Test
  void aStepIsNotExceededByMoreThanTheLeastRead() {
    handle.reset(new EmbeddedChannel().config());
    int total = 0;
    do {
      total += read(Integer.MAX_VALUE);
    } while (handle.continueReading());
    while (total < STEP) { // the codec stops by its count of reads, too
      total += read(Integer.MAX_VALUE);
    }
    assertEquals(STEP, total);
    assertFalse(handle.continueReading());
    assertEquals(64, read(Integer.MAX_VALUE));
  }

  @Test
  void whoComesAfterAStepReadsInTheNextWhichIsATaskOfTheLoop() {
    int[] reads = {0};
    for (int total = 0; total < STEP; ) {
      steps.read(() -> reads[0]++);
      total += read(Integer.MAX_VALUE);
    }
    int before = reads[0];
    steps.read(() -> reads[0]++);
    steps.read(() -> reads[0]++);
    assertEquals(before, reads[0]);
    assertEquals(1, loop.size());
    loop.remove().run();
    assertEquals(before + 2, reads[0]);
    assertTrue(loop.isEmpty());
  }

  @Test
  void packetsToAcknowledgeFollowOnceTheLimitIsRaised() {
    handle = (ExtendedHandle) new ReadSteps(executor, LIMIT, () -> elicited++).newHandle();
    long total = 0;
    while (total < LIMIT - 3 * STEP) {
      assertEquals(0, elicited);
      assertTrue(loop.isEmpty(), "until then nothing is done");
      total += read(1_000);
    }
    loop.remove().run();
    int before = elicited;
    for (int i = 0; i < 16; i++) {
      read(STEP / 16);
      loop.remove().run();
    }
    assertEquals(4, elicited - before);
  }

  @Test
  void whereMuchIsReadAtOnceThePacketsBehindTheFirstPauseBetweenTwo() {
    quarterSteps(WHILE_SMALL);
    assertEquals(WHILE_SMALL, elicited);
    quarterSteps(5);
    assertEquals(WHILE_SMALL, elicited);
    pauses.remove().run();
    assertEquals(WHILE_SMALL + 1, elicited, "for what was read in the pause");
    quarterSteps(5);
    assertEquals(WHILE_SMALL + 1, elicited);
  }

  @Test
  void afterAPauseInWhichNothingWasReadNonePausesAgain() {
    quarterSteps(WHILE_SMALL);
    read(100);
    loop.remove().run();
    pauses.remove().run();
    assertEquals(WHILE_SMALL, elicited, "so little needs no packet");
    quarterSteps(31);
    assertEquals(WHILE_SMALL + 31, elicited);
    assertTrue(pauses.isEmpty());
    quarterSteps(1);
    assertEquals(1, pauses.size());
  }

  private void quarterSteps(int count) {
    for (int i = 0; i < count; i++) {
      for (int left = STEP / 4; left > 0; ) {
        left -= read(left);
      }
      loop.remove().run();
    }
  }

  @ParameterizedTest
  @CsvSource({"1024, 512", "32768, 16384", "16777216, 16384", "4611686018427387903, 16384"})
  void aStepIsAThirdOfTheWindow(long limit, int bytes) {
    assertEquals(bytes, ReadSteps.stepBytes(limit));
  }
}

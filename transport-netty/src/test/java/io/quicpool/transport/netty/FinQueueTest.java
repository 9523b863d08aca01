package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FinQueueTest {
  private final FinQueue queue = new FinQueue();

  @Test
  void beforeAStreamGoesWhatWaitedAlready() {
    assertEquals(new FinQueue.Place(0, 100), queue.join(100));
    assertEquals(new FinQueue.Place(1, 130), queue.join(30));
    queue.leave(100);
    assertEquals(new FinQueue.Place(2, 35), queue.join(5));
  }

  @Test
  void whoeverComesToAnEmptyQueueIsFirst() {
    queue.join(100);
    queue.leave(100);
    assertEquals(new FinQueue.Place(0, 7), queue.join(7));
  }

  @Test
  void thereAreOnlySoManyDegreesOfUrgency() {
    for (int i = 0; i < 200; i++) {
      queue.join(1);
    }
    assertEquals(126, queue.join(1).urgency());
  }

  @Test
  void ofAStreamNoMoreIsAheadThanCanBeUnderWay() {
    assertEquals(4 << 20, queue.join(1L << 40).bytesAhead());
  }
}

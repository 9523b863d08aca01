package io.quicpool.transport.netty;

/**
 * Whether the streams of one connection have stopped being written (N20): one has waited for its
 * timeout, and none had a byte taken since.
 */
final class WriteStall {
  private volatile boolean suspected;

  /** On a writer's thread: it waited in vain for its timeout. */
  void timedOut() {
    suspected = true;
  }

  /** On the event loop: the codec took bytes of a stream. */
  void progressed() {
    if (suspected) {
      suspected = false;
    }
  }

  boolean isSuspected() {
    return suspected;
  }
}

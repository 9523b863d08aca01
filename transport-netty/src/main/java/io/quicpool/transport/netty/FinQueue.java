package io.quicpool.transport.netty;

/**
 * The streams of one connection whose FIN waits (see {@link FinGate}). They are sent before all
 * others, so that what stands before one of them is at most what was written to these.
 *
 * <p>Confined to the event loop.
 */
final class FinQueue {
  private long joinedBytes; // of all that ever joined
  private long leftBytes;

  /** A place in the queue: what had left before. */
  long join(long writtenBytes) {
    long place = leftBytes;
    joinedBytes += writtenBytes;
    return place;
  }

  void leave(long writtenBytes) {
    leftBytes += writtenBytes;
  }

  /** How many bytes may have been sent before the last one of the stream with that place. */
  long bytesAhead(long place) {
    return joinedBytes - place;
  }
}

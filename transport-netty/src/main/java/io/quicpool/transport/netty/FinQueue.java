package io.quicpool.transport.netty;

/**
 * The streams of one connection whose FIN waits (see {@link FinGate}). They are sent before all
 * others, in the order in which they came, so that what stands before the end of one of them is at
 * most what was written to it and to those that waited already.
 *
 * <p>Confined to the event loop.
 */
final class FinQueue {
  /** Below the urgency that streams have by themselves. */
  private static final int LAST_URGENCY = 126;

  /** Of one stream more cannot be kept: it is as much as a peer commonly lets be under way. */
  private static final long KEPT_BYTES = 4L << 20;

  /**
   * A stream's place.
   *
   * @param urgency of 0 to 126, of which the least is sent first
   * @param bytesAhead how many may be sent before its last one
   */
  record Place(int urgency, long bytesAhead) {}

  private int waiting;
  private int urgency;
  private long bytesWaiting;

  /** Takes a place for a stream to which so many bytes were written. */
  Place join(long writtenBytes) {
    urgency = waiting == 0 ? 0 : Math.min(urgency + 1, LAST_URGENCY);
    waiting++;
    bytesWaiting += kept(writtenBytes);
    return new Place(urgency, bytesWaiting);
  }

  /** Whoever has joined leaves, once. */
  void leave(long writtenBytes) {
    waiting--;
    bytesWaiting -= kept(writtenBytes);
  }

  private static long kept(long writtenBytes) {
    return Math.min(writtenBytes, KEPT_BYTES);
  }
}

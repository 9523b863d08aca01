package io.quicpool.core;

/**
 * The layout of an {@link Entry}'s one atomic word: who stands on the connection, how often it was
 * used since the last report, and its state, so that taking a share and retiring the connection can
 * never both win.
 *
 * <pre>
 *  bit 62..60   59..37                36       35..20    19..0
 *      state    uses since reported   queued   streams   leases
 * </pre>
 *
 * <p>The top bit of the uses (59) marks them as nearly full. A share is taken only while the state
 * is READY and that bit is clear, which is one comparison of bits 59 and up; a full count sends the
 * caller to the slow path, where it is reported and starts anew.
 */
final class UseWord {
  static final long LEASE = 1L;
  static final long STREAM = 1L << 20;
  static final long QUEUED = 1L << 36;
  static final long USE = 1L << 37;

  /** How many leases may stand on one connection. */
  static final long MAX_LEASES = STREAM - 1;

  /** How many streams may be open, or wait to be, on one connection. */
  static final long MAX_STREAMS = QUEUED / STREAM - 1;

  private static final long LEASES = MAX_LEASES;
  private static final long STREAMS = QUEUED - STREAM;
  private static final long USES = (1L << 60) - USE;
  private static final int FULL_SHIFT = 59;
  private static final int STATE_SHIFT = 60;

  /** In the pool, and handed out. */
  static final long READY = 1L << STATE_SHIFT;

  /** Out of the pool; closed when the last share is given back. */
  static final long DRAINING = 2L << STATE_SHIFT;

  /** Closed, or found to have ended. */
  static final long CLOSED = 3L << STATE_SHIFT;

  /** In the pool, but not handed out until it has given a sign of life. */
  static final long SUSPECT = 4L << STATE_SHIFT;

  private static final long STATE = 7L << STATE_SHIFT;

  private UseWord() {}

  /** Whether a lease may be taken without a look at anything else. */
  static boolean admits(long word) {
    return word >>> FULL_SHIFT == READY >>> FULL_SHIFT && (word & LEASES) != LEASES;
  }

  /** Whether it is in the pool: whoever gives the last share back leaves it idle there. */
  static boolean isPooled(long word) {
    long state = state(word);
    return state == READY || state == SUSPECT;
  }

  static long state(long word) {
    return word & STATE;
  }

  static long withState(long word, long state) {
    return word & ~STATE | state;
  }

  static boolean hasShares(long word) {
    return (word & (LEASES | STREAMS)) != 0;
  }

  static boolean admitsStream(long word) {
    return hasShares(word) && state(word) != CLOSED && (word & STREAMS) != STREAMS;
  }

  /** Whether the peer may open a stream: also on one that is out of the pool and not closed yet. */
  static boolean admitsIncoming(long word) {
    return state(word) != CLOSED && (word & STREAMS) != STREAMS;
  }

  static long leases(long word) {
    return word & LEASES;
  }

  static long streams(long word) {
    return (word & STREAMS) >>> 20;
  }

  /** Leases and streams together. */
  static long shares(long word) {
    return leases(word) + streams(word);
  }

  static boolean isQueued(long word) {
    return (word & QUEUED) != 0;
  }

  static long uses(long word) {
    return (word & USES) >>> 37;
  }

  static long withoutUses(long word) {
    return word & ~USES;
  }
}

package io.quicpool.core;

import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.Peer;
import io.quicpool.PoolException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Which peers failed to be dialled a moment ago, and until when each is left in peace: 250 ms after
 * the first failure, twice as long after each further one, at most the ceiling, a fifth more or
 * less so that many pools do not come back at once. A peer that was not dialled for a further
 * ceiling after that starts anew.
 *
 * <p>Bounded: of more than {@value #MAX_PEERS} peers the one that failed longest ago is forgotten.
 * Called under the lock of {@link Decisions}.
 */
final class DialBackoff {
  static final int MAX_PEERS = 10_000;

  private static final long FIRST_NANOS = 250_000_000;
  private static final int MOST_DOUBLINGS = 20;
  private static final double SPREAD = 0.2;

  private final Map<Peer, Failed> failed = new LinkedHashMap<>(); // in the order of last failures
  private final SplittableRandom random;
  private final long ceilingNanos;
  private long refusals;

  private record Failed(int times, long untilNanos, PoolException last) {}

  /**
   * Without a failure yet.
   *
   * @param ceilingNanos 0 for no backoff at all
   * @param seed of the spread; a pool's clock serves, so that virtual time repeats itself exactly
   */
  DialBackoff(long ceilingNanos, long seed) {
    this.ceilingNanos = ceilingNanos;
    this.random = new SplittableRandom(seed);
  }

  void failed(Peer peer, PoolException cause, long dialledAt, long now) {
    if (ceilingNanos == 0) {
      return;
    }
    Failed before = failed.remove(peer);
    int times = before == null || isForgotten(before, dialledAt) ? 1 : before.times() + 1;
    long wait = Math.min(FIRST_NANOS << Math.min(times - 1, MOST_DOUBLINGS), ceilingNanos);
    long spread = (long) (wait * SPREAD * (2 * random.nextDouble() - 1));
    failed.put(peer, new Failed(times, now + wait + spread, cause));
    if (failed.size() > MAX_PEERS) {
      Iterator<Peer> oldest = failed.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** The peer was reached, or is to be dialled at once: true if it was left in peace until now. */
  boolean clear(Peer peer, long now) {
    Failed was = failed.remove(peer);
    return was != null && was.untilNanos() - now > 0;
  }

  /** Why the peer is not dialled now, if it is not. */
  Optional<ConnectFailedException> refusal(Peer peer, long now) {
    Failed was = failed.get(peer);
    if (was == null) {
      return Optional.empty();
    }
    long left = was.untilNanos() - now;
    if (left <= 0) {
      if (isForgotten(was, now)) {
        failed.remove(peer);
      }
      return Optional.empty();
    }
    refusals++;
    return Optional.of(
        new ConnectFailedException(
            Phase.BACKOFF,
            peer
                + " could not be reached "
                + (was.times() == 1 ? "a moment ago" : was.times() + " times in a row")
                + ", next dial in "
                + Durations.text(left)
                + "; the last failure was "
                + was.last().getMessage(),
            was.last(),
            Duration.ofNanos(left)));
  }

  /** For how many nanoseconds the peer is left in peace; 0 or less if it is not. */
  long left(Peer peer, long now) {
    Failed was = failed.get(peer);
    return was == null ? 0 : was.untilNanos() - now;
  }

  private boolean isForgotten(Failed was, long now) {
    return now - was.untilNanos() > ceilingNanos;
  }

  /** How many acquires were refused. */
  long refusals() {
    return refusals;
  }

  /** How many peers are left in peace now. */
  int waiting(long now) {
    int count = 0;
    for (Failed was : failed.values()) {
      count += was.untilNanos() - now > 0 ? 1 : 0;
    }
    return count;
  }
}

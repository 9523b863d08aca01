package io.quicpool.cli;

import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.spi.EvictionPolicy;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Replays a workload: how many of its requests would find their connection pooled. The policy is
 * called as a pool calls it: uses are reported before each decision, in the order of the last use.
 * Nothing is in use when room is needed, and a request takes a millisecond.
 */
final class Replay {
  private final Workload workload;
  private final int cap;
  private long clock;

  Replay(Workload workload, int cap) {
    this.workload = workload;
    this.cap = cap;
  }

  /** Hits under a policy of its own. */
  int hits(EvictionPolicy policy) {
    Map<Integer, Pooled> pooled = new HashMap<>();
    Map<Pooled, Long> used = new LinkedHashMap<>();
    int hits = 0;
    for (int now = 0; now < workload.requestCount(); now++) {
      int peer = workload.request(now);
      Pooled known = pooled.get(peer);
      if (known == null) {
        used.forEach(policy::used);
        used.clear();
        if (pooled.size() == cap) {
          Pooled victim = victim(policy);
          if (pooled.remove(victim.number) != victim) {
            throw new IllegalStateException("a victim must be pooled, was " + victim.peer());
          }
          policy.removed(victim);
        }
        known = new Pooled(peer, Peer.named(workload.peer(peer)));
        pooled.put(peer, known);
        policy.added(known);
      } else {
        hits++;
      }
      Long before = used.remove(known);
      used.put(known, before == null ? 1 : before + 1);
      clock = now;
    }
    return hits;
  }

  private static Pooled victim(EvictionPolicy policy) {
    Iterator<? extends EvictionPolicy.Entry> victims = policy.victims().iterator();
    if (victims.hasNext() && victims.next() instanceof Pooled victim) {
      return victim;
    }
    throw new IllegalStateException("the policy \"" + policy.name() + "\" named no victim");
  }

  /** Hits of whoever knows the future: the one that is wanted last goes (Bélády, 1966). */
  int optimalHits() {
    int[] next = new int[workload.requestCount()];
    int[] last = new int[workload.peerCount()];
    Arrays.fill(last, Integer.MAX_VALUE);
    for (int i = next.length - 1; i >= 0; i--) {
      next[i] = last[workload.request(i)];
      last[workload.request(i)] = i;
    }
    TreeMap<Long, Integer> pooled = new TreeMap<>(); // by when each is wanted next
    Map<Integer, Long> keys = new HashMap<>();
    int hits = 0;
    for (int i = 0; i < next.length; i++) {
      int peer = workload.request(i);
      Long key = keys.remove(peer);
      if (key != null) {
        hits++;
        pooled.remove(key);
      } else if (pooled.size() == cap) {
        keys.remove(pooled.pollLastEntry().getValue());
      }
      long wanted = ((long) next[i] << Integer.SIZE) | peer; // those never wanted differ
      pooled.put(wanted, peer);
      keys.put(peer, wanted);
    }
    return hits;
  }

  /** What a policy may weigh. */
  private final class Pooled implements EvictionPolicy.Entry {
    private final int number;
    private final Peer peer;
    private final long since = clock;
    private @Nullable Object attachment;

    Pooled(int number, Peer peer) {
      this.number = number;
      this.peer = peer;
    }

    @Override
    public Peer peer() {
      return peer;
    }

    @Override
    public Origin origin() {
      return Origin.DIALLED;
    }

    @Override
    public Duration age() {
      return Duration.ofMillis(clock - since);
    }

    @Override
    public Optional<Duration> rtt() {
      return Optional.empty();
    }

    @Override
    public OptionalLong bytes() {
      return OptionalLong.empty();
    }

    @Override
    public int connectionsOfPeer() {
      return 1;
    }

    @Override
    public void attach(Object newAttachment) {
      attachment = newAttachment;
    }

    @Override
    public Object attachment() {
      Object attached = attachment;
      if (attached == null) {
        throw new IllegalStateException("nothing was attached to " + peer);
      }
      return attached;
    }
  }
}

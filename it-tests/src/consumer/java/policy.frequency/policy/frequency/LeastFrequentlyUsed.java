package policy.frequency;

import static java.util.Comparator.comparingLong;

import io.quicpool.spi.EvictionPolicy;
import java.util.TreeSet;

/** Names the connection with the fewest uses first, among equals the one that came first. */
public final class LeastFrequentlyUsed implements EvictionPolicy {
  private final TreeSet<Rank> ranks =
      new TreeSet<>(comparingLong(Rank::uses).thenComparingLong(Rank::arrival));
  private long arrivals;

  private record Rank(Entry entry, long uses, long arrival) {}

  @Override
  public String name() {
    return "lfu";
  }

  @Override
  public void added(Entry entry) {
    rank(new Rank(entry, 0, arrivals++));
  }

  @Override
  public void used(Entry entry, long count) {
    Rank old = (Rank) entry.attachment();
    ranks.remove(old);
    rank(new Rank(entry, old.uses + count, old.arrival));
  }

  @Override
  public void removed(Entry entry) {
    ranks.remove(entry.attachment());
  }

  @Override
  public Iterable<Entry> victims() {
    return () -> ranks.stream().map(Rank::entry).iterator();
  }

  private void rank(Rank rank) {
    rank.entry.attach(rank);
    ranks.add(rank);
  }
}

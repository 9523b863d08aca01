package example.policy;

import io.quicpool.spi.EvictionPolicy;
import java.time.Duration;
import java.util.Comparator;
import java.util.TreeSet;

/**
 * Lets go first of what is cheapest to dial again, weighed by how often it is used (GreedyDual-Size-
 * Frequency, with the round-trip time as the cost): a peer that is far away and asked for often
 * stays longest. What is not used any more ages, since the clock rises to each victim's worth.
 */
public final class CheapestToRestore implements EvictionPolicy {
  private static final Duration UNKNOWN = Duration.ofMillis(50);

  private final TreeSet<Worth> order =
      new TreeSet<>(Comparator.comparingDouble(Worth::value).thenComparingLong(Worth::number));
  private double clock;
  private long numbers;

  private record Worth(Entry entry, double value, long uses, long number) {}

  @Override
  public String name() {
    return "cheapest-to-restore";
  }

  @Override
  public void added(Entry entry) {
    rank(entry, 1);
  }

  @Override
  public void used(Entry entry, long count) {
    Worth before = (Worth) entry.attachment();
    order.remove(before);
    rank(entry, before.uses() + count);
  }

  @Override
  public void removed(Entry entry) {
    Worth last = (Worth) entry.attachment();
    clock = Math.max(clock, order.first() == last ? last.value() : clock);
    order.remove(last);
  }

  @Override
  public Iterable<Entry> victims() {
    return () -> order.stream().map(Worth::entry).iterator();
  }

  private void rank(Entry entry, long uses) {
    double cost = entry.rtt().orElse(UNKNOWN).toNanos() / 1e6;
    Worth worth = new Worth(entry, clock + uses * cost, uses, numbers++);
    entry.attach(worth);
    order.add(worth);
  }
}

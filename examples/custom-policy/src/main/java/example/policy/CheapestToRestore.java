package example.policy;

import io.quicpool.spi.EvictionPolicy;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Lets go first of what is cheapest to dial again, weighed by how often it is used
 * (GreedyDual-Size- Frequency, with the round-trip time as the cost): a peer that is far away and
 * asked for often stays longest. What is not used any more ages, since the clock rises to each
 * victim's worth.
 */
public final class CheapestToRestore implements EvictionPolicy {
  private static final Duration UNKNOWN = Duration.ofMillis(50);

  private final TreeSet<Worth> order =
      new TreeSet<>(Comparator.comparingDouble(Worth::value).thenComparingLong(Worth::number));
  private double clock;
  private long numbers;

  private Optional<Worth> offered = Optional.empty();

  private record Worth(Entry entry, double value, double uses, long number) {}

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
    if (offered
        .filter(worth -> worth == last)
        .isPresent()) { // it was evicted: whoever comes later starts with its worth
      clock = Math.max(clock, last.value());
    }
    order.remove(last);
  }

  @Override
  public Iterable<Entry> victims() {
    return () ->
        order.stream().peek(worth -> offered = Optional.of(worth)).map(Worth::entry).iterator();
  }

  private void rank(Entry entry, double uses) {
    double cost = entry.rtt().orElse(UNKNOWN).toNanos() / 1e6;
    Worth worth = new Worth(entry, clock + uses * cost, uses, numbers++);
    entry.attach(worth);
    order.add(worth);
  }
}

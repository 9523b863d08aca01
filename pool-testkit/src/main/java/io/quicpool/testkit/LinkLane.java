package io.quicpool.testkit;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;

/**
 * One direction of a {@link FaultLink}: what it does to the datagrams that go that way. Every
 * setting counts for the datagrams that arrive from now on. Thread-safe.
 *
 * <p>Chances are from 0 to 1, taken for each datagram on its own from the link's seed.
 */
public final class LinkLane {
  private static final Duration DEFAULT_REORDERING = Duration.ofMillis(5);

  /** What happened to the datagrams of a lane so far. */
  public record Counts(
      long arrived,
      long delivered,
      long lost,
      long duplicated,
      long reordered,
      long flipped,
      long swallowed) {}

  private final Random random; // used by the link's thread alone
  private volatile long delayNanos;
  private volatile long jitterNanos;
  private volatile double loss;
  private volatile double duplication;
  private volatile double reordering;
  private volatile long reorderingNanos = DEFAULT_REORDERING.toNanos();
  private volatile double flips;
  private volatile boolean blackhole;
  private long lastDueNanos; // used by the link's thread alone
  private boolean anyDue; // used by the link's thread alone

  private final LongAdder arrived = new LongAdder();
  private final LongAdder delivered = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final LongAdder duplicated = new LongAdder();
  private final LongAdder reordered = new LongAdder();
  private final LongAdder flipped = new LongAdder();
  private final LongAdder swallowed = new LongAdder();

  LinkLane(long seed) {
    random = new Random(seed);
  }

  /** A lane with the same settings, and counts and chances of its own. */
  LinkLane copy(long seed) {
    LinkLane copy = new LinkLane(seed);
    copy.delayNanos = delayNanos;
    copy.jitterNanos = jitterNanos;
    copy.loss = loss;
    copy.duplication = duplication;
    copy.reordering = reordering;
    copy.reorderingNanos = reorderingNanos;
    copy.flips = flips;
    copy.blackhole = blackhole;
    return copy;
  }

  /** How long every datagram takes; default zero. */
  public LinkLane delay(Duration delay) {
    delayNanos = notNegative("delay", delay);
    return this;
  }

  /** How much longer one may take, evenly spread; this alone keeps the order. Default zero. */
  public LinkLane jitter(Duration most) {
    jitterNanos = notNegative("jitter", most);
    return this;
  }

  /** The chance to be lost. */
  public LinkLane loss(double chance) {
    loss = chance("loss", chance);
    return this;
  }

  /** The chance to arrive twice. */
  public LinkLane duplication(double chance) {
    duplication = chance("duplication", chance);
    return this;
  }

  /** The chance to be overtaken: to take up to 5 ms longer than those that come after. */
  public LinkLane reordering(double chance) {
    return reordering(chance, DEFAULT_REORDERING);
  }

  /** The chance to take up to that much longer than those that come after. */
  public LinkLane reordering(double chance, Duration most) {
    reorderingNanos = notNegative("reordering", most);
    reordering = chance("reordering", chance);
    return this;
  }

  /** The chance that one bit is flipped. */
  public LinkLane bitFlips(double chance) {
    flips = chance("bitFlips", chance);
    return this;
  }

  /** Whether everything is swallowed, without a word to anyone. */
  public LinkLane blackhole(boolean swallow) {
    blackhole = swallow;
    return this;
  }

  /** Nothing goes wrong any more; delay and jitter stay. */
  public LinkLane heal() {
    loss = 0;
    duplication = 0;
    reordering = 0;
    flips = 0;
    blackhole = false;
    return this;
  }

  /** How long every datagram takes. */
  public Duration delay() {
    return Duration.ofNanos(delayNanos);
  }

  /** What happened so far. */
  public Counts counts() {
    return new Counts(
        arrived.sum(),
        delivered.sum(),
        lost.sum(),
        duplicated.sum(),
        reordered.sum(),
        flipped.sum(),
        swallowed.sum());
  }

  private static double chance(String name, double chance) {
    if (!(chance >= 0 && chance <= 1)) {
      throw new IllegalArgumentException(name + " must be from 0 to 1, was " + chance);
    }
    return chance;
  }

  private static long notNegative(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative, was " + duration);
    }
    return duration.toNanos();
  }

  // On the link's thread.

  /** How many copies of a datagram that just arrived go on: 0, 1 or 2. */
  int copies() {
    arrived.increment();
    if (blackhole) {
      swallowed.increment();
      return 0;
    }
    if (happens(loss)) {
      lost.increment();
      return 0;
    }
    if (happens(duplication)) {
      duplicated.increment();
      return 2;
    }
    return 1;
  }

  void damage(byte[] datagram) {
    if (datagram.length > 0 && happens(flips)) {
      flipped.increment();
      int bit = random.nextInt(datagram.length * 8);
      datagram[bit / 8] ^= (byte) (1 << (bit % 8));
    }
  }

  /** When a datagram that arrived at that time is due. */
  long due(long nowNanos) {
    long due = nowNanos + delayNanos + upTo(jitterNanos);
    if (happens(reordering)) {
      reordered.increment();
      return due + upTo(reorderingNanos);
    }
    if (anyDue && due - lastDueNanos < 0) {
      due = lastDueNanos;
    }
    anyDue = true;
    lastDueNanos = due;
    return due;
  }

  void countDelivered() {
    delivered.increment();
  }

  /** The socket or the queue took no more, which a network calls loss. */
  void countOverflow() {
    lost.increment();
  }

  private boolean happens(double chance) {
    return chance > 0 && random.nextDouble() < chance;
  }

  private long upTo(long nanos) {
    return nanos == 0 ? 0 : (long) (random.nextDouble() * nanos);
  }
}

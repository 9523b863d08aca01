package io.quicpool.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * A UDP link between diallers and one listener, for real transports: diallers send to {@link
 * #address()}, and what arrives there goes on to the listener, and back, late, twice, damaged or
 * not at all, as {@link #toListener()} and {@link #toDialler()} say. Everything can be changed
 * while traffic passes.
 *
 * <p>Each dialler's address has a socket of its own towards the listener, so that any number may
 * pass, and {@link #rebind()} changes them as a NAT does. A dialler's socket is forgotten when it
 * was silent for two minutes, as a NAT may (RFC 4787, section 4.3), and the one silent longest when
 * there are 4096.
 *
 * <p><b>Accuracy.</b> A datagram leaves within about 0.1 ms after it is due, as far as the machine
 * lets the thread run; {@link #measureRtt} tells what the link really costs. At most 50 000
 * datagrams are under way; what comes on top of them is lost.
 *
 * <p><b>Chance</b> is seeded: the same datagrams in the same order have the same fate.
 *
 * <p>Thread-safe. One daemon thread (named {@code quicpool-link-PORT}) and one socket for each
 * dialler and one more, all freed by {@link #close()}, which whoever opened the link calls.
 */
public final class FaultLink implements AutoCloseable {
  private final InetSocketAddress listener;
  private final long seed;
  private final LinkLane toListener;
  private final LinkLane toDialler;
  private final LinkRelay relay;

  private FaultLink(InetSocketAddress listener, long seed, LinkLane toListener, LinkLane toDialler)
      throws IOException {
    this.listener = listener;
    this.seed = seed;
    this.toListener = toListener;
    this.toDialler = toDialler;
    this.relay = LinkRelay.start(listener, toListener, toDialler);
  }

  /**
   * Opens a link without faults or delay on a free port of 127.0.0.1.
   *
   * @param listener where datagrams go on to
   * @param seed of every chance
   * @throws IOException if a socket cannot be opened
   */
  public static FaultLink open(InetSocketAddress listener, long seed) throws IOException {
    return new FaultLink(
        listener, seed, new LinkLane(seed), new LinkLane(seed ^ 0x9E3779B97F4A7C15L));
  }

  /** Where diallers send to. */
  public InetSocketAddress address() {
    return relay.address();
  }

  /** Where datagrams go on to. */
  public InetSocketAddress listener() {
    return listener;
  }

  /** The way from diallers to the listener. */
  public LinkLane toListener() {
    return toListener;
  }

  /** The way from the listener to diallers. */
  public LinkLane toDialler() {
    return toDialler;
  }

  /** Splits a round-trip time evenly between both ways. */
  public FaultLink rtt(Duration rtt) {
    toListener.delay(rtt.dividedBy(2));
    toDialler.delay(rtt.minus(rtt.dividedBy(2)));
    return this;
  }

  /** Swallows everything both ways, or lets it pass again. */
  public FaultLink blackhole(boolean swallow) {
    toListener.blackhole(swallow);
    toDialler.blackhole(swallow);
    return this;
  }

  /** Nothing goes wrong any more either way; delay and jitter stay. */
  public FaultLink heal() {
    toListener.heal();
    toDialler.heal();
    return this;
  }

  /**
   * Gives every dialler a new source port towards the listener, as a NAT that forgot them does;
   * what the listener sends to an old port is lost. Returns when it is done.
   *
   * @throws java.util.concurrent.CompletionException if the system has no socket left for one
   */
  public void rebind() {
    relay.rebind();
  }

  /** How many diallers' addresses have a socket towards the listener. */
  public int diallers() {
    return relay.diallers();
  }

  /**
   * Measures the round-trip time of this link as it is set now: bare UDP datagrams of 64 bytes, one
   * after the other, through a second link with the same settings to an echo. Those that are lost
   * are counted, not timed. Blocks for about {@code count} round trips.
   *
   * @throws IOException if a socket cannot be opened
   */
  public RttDistribution measureRtt(int count) throws IOException {
    return RttProbe.measure(
        echo -> new FaultLink(echo, seed, toListener.copy(seed), toDialler.copy(~seed)),
        toListener.delay().plus(toDialler.delay()),
        count);
  }

  /** Stops at once: datagrams under way are lost. Returns when thread and sockets are gone. */
  @Override
  public void close() {
    relay.close();
  }
}

package io.quicpool.testkit;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How the peer at one address of an {@link InMemoryNetwork} behaves, changed by a test at run time.
 * It bears on dials to the address and on connections dialled to it, those that are open already
 * included. Thread-safe.
 */
public final class PeerScript {
  private final InMemoryNetwork network;
  private final InetSocketAddress address;
  private final Object lock = new Object();
  private final Deque<DialOutcome> next = new ArrayDeque<>(); // guarded by lock
  private DialOutcome always = DialOutcome.answered(); // guarded by lock
  private volatile boolean silent;
  private volatile boolean streamsHang;
  private volatile @Nullable Supplier<? extends Throwable> streamError;
  private volatile @Nullable Supplier<? extends RuntimeException> closeError;

  PeerScript(InMemoryNetwork network, InetSocketAddress address) {
    this.network = network;
    this.address = address;
  }

  /** What becomes of each dial from now on. */
  public PeerScript dials(DialOutcome outcome) {
    synchronized (lock) {
      always = outcome;
    }
    return this;
  }

  /** What becomes of the next dials, in this order, before {@link #dials} counts again. */
  public PeerScript nextDials(DialOutcome... outcomes) {
    synchronized (lock) {
      next.addAll(List.of(outcomes));
    }
    return this;
  }

  /** Every stream that is asked for fails, each time with a new exception. */
  public PeerScript openStreamFails(Supplier<? extends Throwable> error) {
    streamError = error;
    return this;
  }

  /** A stream that is asked for waits until its connection ends, whatever the credit. */
  public PeerScript openStreamHangs() {
    streamsHang = true;
    return this;
  }

  /** Closing a connection closes it and then throws, which breaks the contract. */
  public PeerScript closeThrows(Supplier<? extends RuntimeException> error) {
    closeError = error;
    return this;
  }

  /** Streams open and connections close as they should again, and dials are answered. */
  public PeerScript heal() {
    streamError = null;
    streamsHang = false;
    closeError = null;
    synchronized (lock) {
      next.clear();
      always = DialOutcome.answered();
    }
    return this;
  }

  /**
   * The peer dies without a word: nothing arrives in either direction, probes tell false, streams
   * hang, and new dials do too. What is sent meanwhile is kept for {@link #revive}.
   */
  public void dieSilently() {
    silent = true;
    connections().forEach(InMemoryConnection::dieSilently);
  }

  /** The peer lives again: what was sent meanwhile arrives, in order, as retransmission does it. */
  public void revive() {
    silent = false;
    connections().forEach(InMemoryConnection::revive);
  }

  /** The peer closes every connection that was dialled to it. */
  public void closeAll(long code, String reason) {
    connections().forEach(c -> c.closeByPeer(code, reason));
  }

  /** Every connection that was dialled to the peer is lost, on both sides. */
  public void loseAll() {
    connections().forEach(InMemoryConnection::lose);
  }

  /** How often the address was dialled. */
  public int dials() {
    return network.dialsTo(address);
  }

  /** Every connection that was ever dialled to the address, in order, as the dialler sees it. */
  public List<InMemoryConnection> connections() {
    return network.connections().stream().filter(c -> c.remoteAddress().equals(address)).toList();
  }

  DialOutcome takeOutcome() {
    synchronized (lock) {
      DialOutcome first = next.poll();
      return first != null ? first : silent ? DialOutcome.hanging() : always;
    }
  }

  boolean isSilent() {
    return silent;
  }

  boolean streamsHang() {
    return streamsHang;
  }

  Optional<Throwable> streamError() {
    Supplier<? extends Throwable> error = streamError;
    return error == null ? Optional.empty() : Optional.of(error.get());
  }

  Optional<RuntimeException> closeError() {
    Supplier<? extends RuntimeException> error = closeError;
    return error == null ? Optional.empty() : Optional.of(error.get());
  }
}

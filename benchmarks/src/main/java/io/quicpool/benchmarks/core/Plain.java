package io.quicpool.benchmarks.core;

import io.quicpool.Peer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.io.ModalCloseable;

/** A connection of those contenders that bring none of their own, with a count of its users. */
final class Plain implements ModalCloseable {
  final Peer peer;
  final AtomicInteger users = new AtomicInteger();
  long lastUsed; // ordered by the count of users

  private Plain(Peer peer) {
    this.peer = peer;
  }

  @Override
  public void close(CloseMode mode) {}

  @Override
  public void close() {}

  /** Makes them, and counts. */
  static final class Maker {
    private final AtomicLong made = new AtomicLong();

    Plain make(Peer peer) {
      made.incrementAndGet();
      return new Plain(peer);
    }

    long made() {
      return made.get();
    }
  }
}

package io.quicpool.testkit.contract;

import io.quicpool.Origin;
import io.quicpool.Peer;
import io.quicpool.spi.EvictionPolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A pooled connection as a policy sees it, with whatever a test says about it. Compared by
 * identity. Not thread-safe, as a policy needs no more.
 */
public final class TestEntry implements EvictionPolicy.Entry {
  private final Peer peer;
  private Origin origin = Origin.DIALLED;
  private Duration age = Duration.ZERO;
  private Optional<Duration> rtt = Optional.empty();
  private OptionalLong bytes = OptionalLong.empty();
  private int connections = 1;
  private @Nullable Object attachment;

  /** A dialled connection to {@link Peer#named} of that id. */
  public TestEntry(String id) {
    this(Peer.named(id));
  }

  /** A dialled connection to that peer. */
  public TestEntry(Peer peer) {
    this.peer = peer;
  }

  /** Says how it came into the pool. */
  public TestEntry origin(Origin given) {
    origin = given;
    return this;
  }

  /** Says how long ago it came. */
  public TestEntry age(Duration given) {
    age = given;
    return this;
  }

  /** Says its round-trip time. */
  public TestEntry rtt(Duration given) {
    rtt = Optional.of(given);
    return this;
  }

  /** Says how many bytes went over it. */
  public TestEntry bytes(long given) {
    bytes = OptionalLong.of(given);
    return this;
  }

  /** Says how many connections its peer has. */
  public TestEntry connectionsOfPeer(int given) {
    connections = given;
    return this;
  }

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public Origin origin() {
    return origin;
  }

  @Override
  public Duration age() {
    return age;
  }

  @Override
  public Optional<Duration> rtt() {
    return rtt;
  }

  @Override
  public OptionalLong bytes() {
    return bytes;
  }

  @Override
  public int connectionsOfPeer() {
    return connections;
  }

  @Override
  public void attach(Object object) {
    attachment = object;
  }

  @Override
  public Object attachment() {
    Object attached = attachment;
    if (attached == null) {
      throw new IllegalStateException("nothing is attached to " + this);
    }
    return attached;
  }

  /** The peer. */
  @Override
  public String toString() {
    return peer.toString();
  }
}

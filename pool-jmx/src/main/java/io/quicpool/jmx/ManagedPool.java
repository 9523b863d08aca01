package io.quicpool.jmx;

import io.quicpool.PoolLimits;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** Brings what management asks to a pool. */
final class ManagedPool implements QuicPoolMXBean {
  private final QuicPool pool;

  ManagedPool(QuicPool pool) {
    this.pool = pool;
  }

  private PoolLimits limits() {
    return pool.limits();
  }

  private PoolStats stats() {
    return pool.stats();
  }

  /** One change at a time, or one of two that come together would be undone. */
  private synchronized void change(UnaryOperator<PoolLimits> change) {
    pool.changeLimits(change.apply(limits()));
  }

  @Override
  public String getName() {
    return pool.name();
  }

  @Override
  public int getMaxConnections() {
    return limits().maxConnections();
  }

  @Override
  public void setMaxConnections(int max) {
    change(limits -> limits.withMaxConnections(max));
  }

  @Override
  public int getMaxPending() {
    return limits().maxPending();
  }

  @Override
  public void setMaxPending(int max) {
    change(limits -> limits.withMaxPending(max));
  }

  @Override
  public long getIdleTimeoutMillis() {
    return limits().idleTimeout().toMillis();
  }

  @Override
  public void setIdleTimeoutMillis(long millis) {
    change(limits -> limits.withIdleTimeout(Duration.ofMillis(millis)));
  }

  @Override
  public long getConnectTimeoutMillis() {
    return limits().connectTimeout().toMillis();
  }

  @Override
  public void setConnectTimeoutMillis(long millis) {
    change(limits -> limits.withConnectTimeout(Duration.ofMillis(millis)));
  }

  @Override
  public long getAcquireTimeoutMillis() {
    return limits().acquireTimeout().toMillis();
  }

  @Override
  public void setAcquireTimeoutMillis(long millis) {
    change(limits -> limits.withAcquireTimeout(Duration.ofMillis(millis)));
  }

  @Override
  public long getDrainTimeoutMillis() {
    return limits().drainTimeout().toMillis();
  }

  @Override
  public void setDrainTimeoutMillis(long millis) {
    change(limits -> limits.withDrainTimeout(Duration.ofMillis(millis)));
  }

  @Override
  public int getOpen() {
    return stats().open();
  }

  @Override
  public int getIdle() {
    return stats().idle();
  }

  @Override
  public int getDialling() {
    return stats().dialling();
  }

  @Override
  public int getDraining() {
    return stats().draining();
  }

  @Override
  public int getSuspect() {
    return stats().suspect();
  }

  @Override
  public int getInbound() {
    return stats().inbound();
  }

  @Override
  public long getLeased() {
    return stats().leased();
  }

  @Override
  public long getStreams() {
    return stats().streams();
  }

  @Override
  public int getWaiting() {
    return stats().waiting();
  }

  @Override
  public int getBackingOff() {
    return stats().backingOff();
  }

  @Override
  public long getHits() {
    return stats().hits();
  }

  @Override
  public long getMisses() {
    return stats().misses();
  }

  @Override
  public long getDials() {
    return stats().dials();
  }

  @Override
  public long getDialsFailed() {
    return stats().dialsFailed();
  }

  @Override
  public long getAccepted() {
    return stats().accepted();
  }

  @Override
  public long getRefused() {
    return stats().refused();
  }

  @Override
  public long getOpened() {
    return stats().opened();
  }

  @Override
  public long getClosed() {
    return stats().closed();
  }

  @Override
  public long getEvictions() {
    return stats().evictions();
  }

  @Override
  public long getExpirations() {
    return stats().expirations();
  }

  @Override
  public long getRemovedDead() {
    return stats().removedDead();
  }

  @Override
  public long getAcquired() {
    return stats().acquired();
  }

  @Override
  public long getLeaked() {
    return stats().leaked();
  }

  @Override
  public long getBackoffRefusals() {
    return stats().backoffRefusals();
  }

  @Override
  public long getPolicyFaults() {
    return stats().policyFaults();
  }
}

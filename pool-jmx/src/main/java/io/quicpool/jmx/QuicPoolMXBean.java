package io.quicpool.jmx;

import io.quicpool.PoolBuilder;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;

/**
 * A pool as management sees it. The numbers are those of {@link PoolStats}; each read costs a walk
 * through the pool's connections. What can be set is changed by {@link QuicPool#changeLimits}, and
 * refused with an {@link IllegalArgumentException} that states the rule and the value.
 */
public interface QuicPoolMXBean {

  /** {@link PoolBuilder#name}. */
  String getName();

  /** {@link PoolBuilder#maxConnections}. */
  int getMaxConnections();

  /** Sets {@link PoolBuilder#maxConnections}. */
  void setMaxConnections(int max);

  /** {@link PoolBuilder#maxPending}. */
  int getMaxPending();

  /** Sets {@link PoolBuilder#maxPending}. */
  void setMaxPending(int max);

  /** {@link PoolBuilder#idleTimeout}, in milliseconds. */
  long getIdleTimeoutMillis();

  /** Sets {@link PoolBuilder#idleTimeout}, in milliseconds. */
  void setIdleTimeoutMillis(long millis);

  /** {@link PoolBuilder#connectTimeout}, in milliseconds. */
  long getConnectTimeoutMillis();

  /** Sets {@link PoolBuilder#connectTimeout}, in milliseconds. */
  void setConnectTimeoutMillis(long millis);

  /** {@link PoolBuilder#acquireTimeout}, in milliseconds. */
  long getAcquireTimeoutMillis();

  /** Sets {@link PoolBuilder#acquireTimeout}, in milliseconds. */
  void setAcquireTimeoutMillis(long millis);

  /** {@link PoolBuilder#drainTimeout}, in milliseconds. */
  long getDrainTimeoutMillis();

  /** Sets {@link PoolBuilder#drainTimeout}, in milliseconds. */
  void setDrainTimeoutMillis(long millis);

  /** {@link PoolStats#open}. */
  int getOpen();

  /** {@link PoolStats#idle}. */
  int getIdle();

  /** {@link PoolStats#dialling}. */
  int getDialling();

  /** {@link PoolStats#draining}. */
  int getDraining();

  /** {@link PoolStats#suspect}. */
  int getSuspect();

  /** {@link PoolStats#inbound}. */
  int getInbound();

  /** {@link PoolStats#leased}. */
  long getLeased();

  /** {@link PoolStats#streams}. */
  long getStreams();

  /** {@link PoolStats#waiting}. */
  int getWaiting();

  /** {@link PoolStats#backingOff}. */
  int getBackingOff();

  /** {@link PoolStats#hits}. */
  long getHits();

  /** {@link PoolStats#misses}. */
  long getMisses();

  /** {@link PoolStats#dials}. */
  long getDials();

  /** {@link PoolStats#dialsFailed}. */
  long getDialsFailed();

  /** {@link PoolStats#accepted}. */
  long getAccepted();

  /** {@link PoolStats#refused}. */
  long getRefused();

  /** {@link PoolStats#opened}. */
  long getOpened();

  /** {@link PoolStats#closed}. */
  long getClosed();

  /** {@link PoolStats#evictions}. */
  long getEvictions();

  /** {@link PoolStats#expirations}. */
  long getExpirations();

  /** {@link PoolStats#removedDead}. */
  long getRemovedDead();

  /** {@link PoolStats#acquired}. */
  long getAcquired();

  /** {@link PoolStats#leaked}. */
  long getLeaked();

  /** {@link PoolStats#backoffRefusals}. */
  long getBackoffRefusals();

  /** {@link PoolStats#policyFaults}. */
  long getPolicyFaults();
}

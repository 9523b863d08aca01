package io.quicpool;

/**
 * What a pool has done and holds, at one moment. Numbers that must add up are taken together, so in
 * every snapshot {@code requests = hits + misses}, {@code acquired = released + leased + leaked}
 * and {@code opened = closed + open + draining}.
 *
 * @param hits requests served by a pooled connection at once
 * @param misses requests that were not: those that dialled, joined a dial, waited, failed, or (with
 *     {@code tryAcquire}) found nothing
 * @param dials dials started
 * @param dialsFailed dials that yielded no connection
 * @param accepted inbound connections that came into the pool
 * @param refused inbound connections that were closed after their handshake, because of their
 *     identity or for want of room
 * @param opened connections that came into the pool, dialled, accepted or adopted
 * @param closed connections that left the pool and were closed
 * @param evictions connections removed to make room
 * @param expirations connections removed because they were idle for the idle timeout
 * @param removedDead connections removed because they had died, or gave no sign of life
 * @param acquired leases given
 * @param leaked leases that were collected unclosed and whose share the pool gave back; counted
 *     only with {@link PoolBuilder#leakDetectionThreshold}
 * @param open connections in the pool
 * @param dialling dials in flight
 * @param inbound accepted connections that are not closed, draining ones included
 * @param draining connections out of the pool that finish what is open on them
 * @param idle connections in the pool with no share out, and not suspect
 * @param suspect connections in the pool that are not handed out until they give a sign of life
 * @param leased leases out
 * @param streams streams that hold a share
 * @param waiting callers that wait: for a dial, for room, or for what becomes of a suspect
 * @param backingOff peers that are not dialled now because their dials failed a moment ago
 * @param backoffRefusals acquires refused for that reason
 * @param policyFaults times that the eviction policy threw, or named what is not to be evicted
 * @param maxConnections the maximum of {@code open + dialling} in force
 */
public record PoolStats(
    long hits,
    long misses,
    long dials,
    long dialsFailed,
    long accepted,
    long refused,
    long opened,
    long closed,
    long evictions,
    long expirations,
    long removedDead,
    long acquired,
    long leaked,
    int open,
    int dialling,
    int inbound,
    int draining,
    int idle,
    int suspect,
    long leased,
    long streams,
    int waiting,
    int backingOff,
    long backoffRefusals,
    long policyFaults,
    int maxConnections) {

  /** Calls that asked for a connection: {@code hits + misses}. */
  public long requests() {
    return hits + misses;
  }

  /** Leases given back by their holders: {@code acquired - leased - leaked}. */
  public long released() {
    return acquired - leased - leaked;
  }

  /** {@code hits / (hits + misses)}, and 0 when there were no requests. */
  public double hitRate() {
    return requests() == 0 ? 0 : (double) hits / requests();
  }
}

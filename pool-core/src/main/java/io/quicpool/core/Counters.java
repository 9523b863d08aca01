package io.quicpool.core;

/**
 * What a pool has done. Guarded by the lock of {@link Decisions}. Hits are not here: they are what
 * the entries' words counted, less the misses that a dial served.
 */
final class Counters {
  /** Leases given by entries, as far as they were taken out of the entries' words. */
  long uses;

  long misses;

  /** Leases given to callers that had been counted as a miss. */
  long missesServed;

  long dials;
  long dialsFailed;
  long accepted;
  long refused;
  long opened;
  long closed;
  long evictions;
  long expirations;
  long removedDead;
  long leaked;
}

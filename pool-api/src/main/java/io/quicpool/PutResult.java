package io.quicpool;

/**
 * What became of a connection given to {@link QuicPool#put}.
 *
 * @param status what became of it
 * @param explanation the same in words, with the rule and the values
 */
public record PutResult(Status status, String explanation) {

  /** What became of a connection. */
  public enum Status {
    /** It is pooled, and the pool's to close. */
    ADOPTED,
    /** It is pooled in the place of an older one, which drains and is then closed. */
    REPLACED,
    /** This very connection was pooled under that peer already: nothing changed. */
    ALREADY_POOLED,
    /** It is closed. */
    REFUSED_CLOSED,
    /** It does not prove the peer's identity, or belongs to another peer of this pool. */
    REFUSED_IDENTITY,
    /**
     * A better one is pooled: a direct one where this is relayed, or the one that both sides keep
     * of two that they dialled to one another.
     */
    REFUSED_WORSE,
    /** The pool is full and nothing in it is idle. */
    REFUSED_FULL,
    /** The pool is closed. */
    REFUSED_POOL_CLOSED
  }

  /**
   * Whether the pool has the connection now; if not, it is still the caller's to use and to close.
   */
  public boolean isPooled() {
    return switch (status) {
      case ADOPTED, REPLACED, ALREADY_POOLED -> true;
      default -> false;
    };
  }
}

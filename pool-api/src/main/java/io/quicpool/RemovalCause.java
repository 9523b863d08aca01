package io.quicpool;

/** Why a connection left the pool, and the code and text of the close frame that the peer sees. */
public enum RemovalCause {
  /** Room was needed, and the eviction policy named it. */
  EVICTED(1, "evicted"),
  /** It was idle for the idle timeout. */
  EXPIRED(2, "idle"),
  /** The application invalidated it. */
  INVALIDATED(3, "invalidated"),
  /** Another connection to the same peer took its place. */
  REPLACED(4, "replaced"),
  /** It gave no sign of life. */
  UNRESPONSIVE(5, "unresponsive"),
  /** It had ended by itself, or by the peer. */
  DIED(0, ""),
  /** The pool was closed. */
  POOL_CLOSED(6, "pool closed"),
  /** The application drained it. */
  DRAINED(9, "drained"),
  /** It was verified by TLS settings that have been replaced. */
  TLS_RELOADED(10, "TLS settings changed"),
  /** It never came in: an inbound connection for which there was no room. */
  NO_ROOM(7, "no room"),
  /** It never came in: an inbound connection whose certificate was refused. */
  NOT_ACCEPTED(8, "identity not accepted");

  private final long code;
  private final String text;

  RemovalCause(long code, String text) {
    this.code = code;
    this.text = text;
  }

  /** The application error code that the peer sees (RFC 9000, section 20.2). */
  public long code() {
    return code;
  }

  /** The reason phrase that the peer sees. */
  public String text() {
    return text;
  }
}

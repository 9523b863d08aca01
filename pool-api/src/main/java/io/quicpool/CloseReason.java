package io.quicpool;

/**
 * By whom and why a connection ended.
 *
 * @param kind by whom
 * @param code the error code of the CONNECTION_CLOSE frame (RFC 9000, section 19.19), 0 where there
 *     was none
 * @param text the reason phrase, empty where there was none; the peer's text is as the peer sent it
 *     and must not be trusted
 */
public record CloseReason(Kind kind, long code, String text) {

  /** By whom a connection ended. */
  public enum Kind {
    /** This side closed it. */
    LOCAL,
    /** The peer's application closed it, with an application error code. */
    PEER_APPLICATION,
    /**
     * The peer's QUIC or TLS stack closed it, with a transport error code (RFC 9000, section 20.1).
     */
    PEER_TRANSPORT,
    /** Nothing arrived for the negotiated idle timeout (RFC 9000, section 10.1). */
    IDLE_TIMEOUT,
    /**
     * The connection was lost without a close frame: a stateless reset, a dead path, a local error.
     */
    LOST
  }

  /** This side closed the connection. */
  public static CloseReason local(long code, String text) {
    return new CloseReason(Kind.LOCAL, code, text);
  }

  /** Such as {@code "PEER_APPLICATION code 42 (bye)"}. */
  @Override
  public String toString() {
    return kind + " code " + code + (text.isEmpty() ? "" : " (" + text + ")");
  }
}

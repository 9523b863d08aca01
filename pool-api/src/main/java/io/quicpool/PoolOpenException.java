package io.quicpool;

/** The pool could not be opened; {@link #kind()} tells what to change. Nothing was left behind. */
public final class PoolOpenException extends PoolException {
  private static final long serialVersionUID = 1L;

  /** What stood in the way. */
  public enum Kind {
    /**
     * No pool, transport or policy is on the module path: the message names the artefact to add.
     */
    PROVIDER_MISSING,
    /** Several transports or policies were found and none was chosen: the message lists them. */
    PROVIDER_AMBIGUOUS,
    /** The one that was asked for is not there: the message lists those that are. */
    PROVIDER_UNKNOWN,
    /** A provider was found but could not load or start: the cause tells why. */
    PROVIDER_FAILED,
    /** The TLS material could not be read or is of a kind that is not taken. */
    TLS,
    /** The stack under the transport cannot do what was asked. */
    UNSUPPORTED,
    /** The endpoint's sockets could not be opened. */
    ENDPOINT,
    /** A {@link PoolExtension} threw: the cause tells why. */
    EXTENSION_FAILED
  }

  private final Kind kind;

  /** Made with what stood in the way. */
  public PoolOpenException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Made with what stood in the way and what led to it. */
  public PoolOpenException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What stood in the way. */
  public Kind kind() {
    return kind;
  }
}

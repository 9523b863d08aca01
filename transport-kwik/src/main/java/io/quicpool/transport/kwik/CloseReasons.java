package io.quicpool.transport.kwik;

import io.quicpool.CloseReason;
import io.quicpool.CloseReason.Kind;
import tech.kwik.core.ConnectionTerminatedEvent;

/** Kwik's close events in the API's terms. */
final class CloseReasons {
  private CloseReasons() {}

  static CloseReason of(ConnectionTerminatedEvent event) {
    return switch (event.closeReason()) {
      // ConnectionLost is kwik's name for: idle, and our last packets were not answered.
      case IdleTimeout, ConnectionLost -> new CloseReason(Kind.IDLE_TIMEOUT, 0, "");
      case StatelessReset -> new CloseReason(Kind.LOST, 0, "stateless reset");
      case ImmediateClose -> ofClose(event);
    };
  }

  private static CloseReason ofClose(ConnectionTerminatedEvent event) {
    if (!event.closedByPeer()) {
      // Our own close is recorded before kwik is told, so this is kwik's: the peer broke a rule.
      return new CloseReason(Kind.LOST, transportCode(event), text(event));
    }
    if (event.hasTransportError()) {
      return new CloseReason(Kind.PEER_TRANSPORT, transportCode(event), text(event));
    }
    // K15: kwik reports an application close with code 0 as it reports a transport close without
    // error
    // (and drops its text): taken for the former, which is what an orderly goodbye is.
    return event.hasApplicationError()
        ? new CloseReason(Kind.PEER_APPLICATION, event.applicationErrorCode(), text(event))
        : new CloseReason(Kind.PEER_APPLICATION, 0, "");
  }

  private static long transportCode(ConnectionTerminatedEvent event) {
    return event.hasTransportError() ? event.transportErrorCode() : 0;
  }

  /** The reason phrase alone: kwik wraps it as {@code "<kind> error: <code> (<phrase>)"}. */
  private static String text(ConnectionTerminatedEvent event) {
    String description = event.errorDescription();
    int from = description.indexOf(" (");
    return from < 0 || !description.endsWith(")")
        ? ""
        : description.substring(from + 2, description.length() - 1);
  }
}

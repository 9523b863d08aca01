package io.quicpool.transport.netty;

import io.quicpool.CloseReason;
import io.quicpool.CloseReason.Kind;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/**
 * Why a handshake failed, as far as it is known.
 *
 * @param refusal what this side's verifier said against the peer
 * @param reason how the connection ended
 * @param trouble the codec's own error
 */
record HandshakeFailure(
    @Nullable CertificateException refusal,
    @Nullable CloseReason reason,
    @Nullable Throwable trouble) {

  private static final int TLS_ALERT = 0x100; // RFC 9001, section 4.8
  static final int NO_APPLICATION_PROTOCOL = TLS_ALERT + 120;

  ConnectFailedException toException(InetSocketAddress address, String alpn, long afterMillis) {
    if (refusal != null) {
      return new ConnectFailedException(
          Phase.IDENTITY,
          "the peer at " + address + " is not who was asked for: " + refusal.getMessage(),
          refusal);
    }
    if (reason != null && reason.kind() != Kind.PEER_APPLICATION) {
      if (reason.code() == NO_APPLICATION_PROTOCOL) {
        return made(Phase.ALPN, address + " does not speak \"" + alpn + "\"");
      }
      if (reason.kind() == Kind.PEER_TRANSPORT && reason.code() >= TLS_ALERT) {
        return made(
            Phase.HANDSHAKE,
            address + " refused the handshake with TLS alert " + (reason.code() - TLS_ALERT));
      }
    }
    return made(
        Phase.HANDSHAKE,
        "no connection to "
            + address
            + ", given up after "
            + afterMillis
            + " ms"
            + (reason != null ? ": ended by " + reason : trouble != null ? ": " + trouble : ""));
  }

  private ConnectFailedException made(Phase phase, String message) {
    return trouble == null
        ? new ConnectFailedException(phase, message)
        : new ConnectFailedException(phase, message, trouble);
  }
}

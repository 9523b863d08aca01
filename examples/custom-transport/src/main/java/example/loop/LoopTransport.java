package example.loop;

import io.quicpool.PoolOpenException;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;

/**
 * Connects pools of one process: nothing leaves it. A listener still shows its certificates, and
 * who dials verifies them, as the contract of transports demands; but nobody in between could be
 * kept out, since there is nobody in between.
 *
 * <p>Of the settings it leaves two out: nothing gets lost, so there is no idle timeout, and each
 * stream's window is the only one.
 */
public final class LoopTransport implements QuicTransport {

  @Override
  public String name() {
    return "loop";
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) throws PoolOpenException {
    Optional<EndpointConfig.Listening> listening = config.listening();
    check(config.tls(), listening.isPresent());
    if (listening.isPresent() && listening.get().clientAuth() == ClientAuth.REQUIRED) {
      throw new PoolOpenException(
          PoolOpenException.Kind.UNSUPPORTED,
          "the loop transport cannot ask diallers for certificates");
    }
    return LoopEndpoint.open(config);
  }

  /** Whether an identity is of a kind that every transport takes. */
  static void check(TlsMaterial tls, boolean listens) throws PoolOpenException {
    Optional<TlsIdentity> identity = tls.identity();
    if (listens && identity.isEmpty()) {
      throw new PoolOpenException(
          PoolOpenException.Kind.TLS, "a listener must have an identity, it has none");
    }
    if (identity.isPresent() && !isTaken(identity.get().chain().get(0).getPublicKey())) {
      throw new PoolOpenException(
          PoolOpenException.Kind.TLS, "an identity's key must be EC (P-256, P-384) or RSA");
    }
  }

  private static boolean isTaken(PublicKey key) {
    if (key instanceof ECPublicKey ec) {
      int bits = ec.getParams().getOrder().bitLength();
      return bits == 256 || bits == 384;
    }
    return key instanceof RSAPublicKey;
  }
}

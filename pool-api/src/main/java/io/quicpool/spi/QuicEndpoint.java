package io.quicpool.spi;

import io.quicpool.Capability;
import io.quicpool.PoolOpenException;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One identity and its sockets: dials peers, and accepts them if it was configured to listen.
 *
 * <p>Thread-safe. Owned by whoever opened it.
 */
public interface QuicEndpoint extends AutoCloseable {

  /**
   * Dials. Never blocks.
   *
   * <p>The future completes with an open, verified connection, which is then the caller's to close,
   * or exceptionally with a {@link io.quicpool.ConnectFailedException} (or {@link
   * io.quicpool.PoolClosedException}), in either case at the request's timeout at the latest.
   * {@link DialRequest#verifier()} has accepted the peer's certificates before it completes.
   * Cancelling the future abandons the handshake; a connection that comes out of it all the same is
   * closed by the transport.
   */
  CompletableFuture<QuicConnection> connect(DialRequest request);

  /**
   * Takes another identity for every handshake, dialled or accepted, that begins after this;
   * connections stay as they are. What is trusted is not its matter: {@link DialRequest#verifier()}
   * and {@link EndpointConfig.Listening#verifier()} say that each time.
   *
   * @throws PoolOpenException if the stack does not take the identity ({@code TLS}), or cannot
   *     change that of its listener ({@code UNSUPPORTED}); then all is as it was
   */
  void reloadTls(TlsMaterial tls) throws PoolOpenException;

  /**
   * The local address: where it listens if it does, otherwise where it dials from (a wildcard
   * address where there is a socket for each dial).
   */
  InetSocketAddress localAddress();

  /** What the stack can do beyond the contract. */
  Set<Capability> capabilities();

  /**
   * Wraps a connection made elsewhere with the same QUIC stack; it then belongs to the caller as a
   * dialled one does.
   *
   * @throws IllegalArgumentException if it is no open connection of a type that this stack wraps;
   *     it is left as it was
   */
  QuicConnection adopt(Object nativeConnection);

  /**
   * Closes every connection of this endpoint with code 0, and frees sockets, event loops and
   * threads. Close frames have left when this returns. Running dials fail. Further calls do
   * nothing.
   */
  @Override
  void close();
}

package io.quicpool;

import java.io.IOException;

/**
 * An application's own question to a peer that is in doubt: whether it still does its work, beyond
 * its QUIC stack's being there. See {@link PoolBuilder#probe}.
 */
@FunctionalInterface
public interface PeerProbe {

  /**
   * Returns if the peer is well. Called on the pool's executor, where it may block; reads and
   * writes time out with the probe's own timeout.
   *
   * @param stream a new stream to the peer, closed by the pool afterwards
   * @throws IOException if the peer is not well, or does not answer
   */
  void check(QuicStream stream) throws IOException;
}

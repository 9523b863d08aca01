package io.quicpool.transport.netty;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.PoolException;
import io.quicpool.StreamResetException;

/** Why one direction of a stream can go on no more; makes the exception anew for each call. */
@FunctionalInterface
interface StreamFailure {

  /** The exception for who was about to read from, or write to, a stream. */
  PoolException of(String doing, long streamId);

  static StreamFailure lost(CloseReason reason) {
    return (doing, id) ->
        new ConnectionLostException(
            "cannot " + doing + " stream " + id + ", its connection has ended", reason);
  }

  static StreamFailure resetByPeer(long code) {
    return (doing, id) ->
        new StreamResetException(
            "cannot " + doing + " stream " + id + ": the peer reset it with code " + code, code);
  }

  static StreamFailure stoppedByPeer() {
    return (doing, id) ->
        new StreamResetException(
            "cannot " + doing + " stream " + id + ": the peer asked to stop sending");
  }

  static StreamFailure here(String what) {
    return (doing, id) ->
        new StreamResetException("cannot " + doing + " stream " + id + ": " + what);
  }
}

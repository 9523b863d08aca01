package io.quicpool.benchmarks.net;

import java.io.IOException;

/** One way to talk to a number of peers: through the pool, or with a stack alone. Thread-safe. */
interface Talker extends AutoCloseable {

  /** Opens a stream to a peer, sends a request, ends it, and reads the reply to its end. */
  byte[] exchange(int peer, byte[] request) throws IOException;

  /** Sends so many bytes on one stream and returns how many the peer says it has read. */
  long upload(int peer, long bytes) throws IOException;

  @Override
  void close();
}

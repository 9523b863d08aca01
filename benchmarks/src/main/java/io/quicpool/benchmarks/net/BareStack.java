package io.quicpool.benchmarks.net;

import java.io.IOException;
import java.net.InetSocketAddress;

/** A QUIC stack as a program without a pool uses it: it dials, and blocks. Thread-safe. */
interface BareStack extends AutoCloseable {

  /** Dials, and waits for the end of the handshake. */
  BareConnection connect(InetSocketAddress address) throws IOException;

  @Override
  void close();
}

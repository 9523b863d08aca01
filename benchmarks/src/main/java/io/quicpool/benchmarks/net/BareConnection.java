package io.quicpool.benchmarks.net;

import java.io.IOException;

/** A connection as a program without a pool has it. Thread-safe. */
interface BareConnection extends AutoCloseable {

  /** See {@link Talker#exchange}. */
  byte[] exchange(byte[] request) throws IOException;

  /** See {@link Talker#upload}. */
  long upload(long bytes) throws IOException;

  /** Whether it can still be talked over, as far as this side knows. */
  boolean isUp();

  @Override
  void close();
}

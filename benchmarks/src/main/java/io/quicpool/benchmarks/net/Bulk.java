package io.quicpool.benchmarks.net;

import io.quicpool.QuicStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;

/** What large messages are made of, and who reads them. */
final class Bulk {
  static final int CHUNK_BYTES = 64 * 1024;
  static final byte[] CHUNK = new byte[CHUNK_BYTES];

  static {
    new Random(1).nextBytes(CHUNK);
  }

  private Bulk() {}

  /** Reads to the end and replies with how many bytes came; a damaged byte ends it by a reset. */
  static void sink(QuicStream stream) {
    try (stream) {
      InputStream in = stream.input();
      byte[] buffer = new byte[CHUNK_BYTES];
      long total = 0;
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        for (int i = 0; i < count; i += 4_001) { // a sample, so that looking costs next to nothing
          if (buffer[i] != CHUNK[(int) ((total + i) % CHUNK_BYTES)]) {
            stream.reset(1);
            return;
          }
        }
        total += count;
      }
      stream.output().write(ByteBuffer.allocate(Long.BYTES).putLong(0, total).array());
      stream.output().close();
    } catch (IOException e) {
      stream.reset(2); // the sender sees it
    }
  }
}

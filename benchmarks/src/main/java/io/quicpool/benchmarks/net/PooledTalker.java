package io.quicpool.benchmarks.net;

import io.quicpool.Peer;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** Through the pool. */
final class PooledTalker implements Talker {
  private final QuicPool pool;
  private final List<Peer> peers;

  PooledTalker(QuicPool pool, List<Peer> peers) {
    this.pool = pool;
    this.peers = peers;
  }

  @Override
  public byte[] exchange(int peer, byte[] request) throws IOException {
    try (QuicStream stream = pool.openStream(peers.get(peer))) {
      stream.output().write(request);
      stream.output().close();
      return stream.input().readAllBytes();
    }
  }

  @Override
  public long upload(int peer, long bytes) throws IOException {
    try (QuicStream stream = pool.openStream(peers.get(peer))) {
      OutputStream out = stream.output();
      for (long left = bytes; left > 0; left -= Bulk.CHUNK_BYTES) {
        out.write(Bulk.CHUNK, 0, (int) Math.min(left, Bulk.CHUNK_BYTES));
      }
      out.close();
      return ByteBuffer.wrap(stream.input().readNBytes(Long.BYTES)).getLong();
    }
  }

  QuicPool pool() {
    return pool;
  }

  @Override
  public void close() {
    pool.close();
  }
}

package io.quicpool.benchmarks.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** With a stack alone: a connection to each peer, dialled before. */
final class BareTalker implements Talker {
  private final BareStack stack;
  private final List<BareConnection> connections = new ArrayList<>();

  BareTalker(BareStack stack, List<InetSocketAddress> peers) throws IOException {
    this.stack = stack;
    for (InetSocketAddress peer : peers) {
      connections.add(stack.connect(peer));
    }
  }

  @Override
  public byte[] exchange(int peer, byte[] request) throws IOException {
    return connections.get(peer).exchange(request);
  }

  @Override
  public long upload(int peer, long bytes) throws IOException {
    return connections.get(peer).upload(bytes);
  }

  @Override
  public void close() {
    connections.forEach(BareConnection::close);
    stack.close();
  }
}

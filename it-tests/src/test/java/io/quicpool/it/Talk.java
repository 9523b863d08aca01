package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.Endpoint;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What most tests need: an authority, a peer's identity, a pool of a transport, one message. */
final class Talk {
  static final String PROTOCOL = "it/1";
  static final TestCertificates CA = TestCertificates.create();
  static final TestIdentity LOCALHOST = CA.localhost();

  private Talk() {}

  /** A pool that trusts {@link #CA}. */
  static PoolBuilder pool(String transport) {
    return QuicPool.builder()
        .alpn(PROTOCOL)
        .tls(CA.trusting())
        .transport(transport)
        .eviction("lru");
  }

  /**
   * Talks once, so that what a stack opens once for the whole process is open before a test counts.
   */
  static void warmUp(String transport) throws IOException {
    try (EchoPeer peer = echo(transport);
        QuicPool pool = pool(transport).open()) {
      message(pool, peer.peer(), "warm-up");
    }
  }

  /** An echo at a free port of 127.0.0.1 that proves to be localhost. */
  static EchoPeer echo(String transport) throws IOException {
    return EchoPeer.open(Stacks.transport(transport), LOCALHOST, PROTOCOL);
  }

  /** The peer that is reached through a link. */
  static Peer behind(FaultLink link) {
    return Peer.of(Endpoint.of("127.0.0.1", link.address().getPort()));
  }

  /** Sends a message over the pool and expects it back. */
  static void message(QuicPool pool, Peer peer, String text) throws IOException {
    try (QuicStream stream = pool.openStream(peer)) {
      exchange(stream, text);
    }
  }

  /** Sends a message over a lease and expects it back. */
  static void message(Lease lease, String text) throws IOException {
    try (QuicStream stream = lease.openStream()) {
      exchange(stream, text);
    }
  }

  /**
   * What failed at a peer, but for goodbyes: whoever has read all of a reply may close the
   * connection at once, and so the peer may hear of that before its stack has told that it took the
   * FIN. Whether the reply came is checked where it came.
   */
  static List<IOException> failures(EchoPeer peer, RemovalCause... goodbyes) {
    return peer.failures().stream()
        .filter(e -> Arrays.stream(goodbyes).noneMatch(cause -> isGoodbye(e, cause)))
        .toList();
  }

  private static boolean isGoodbye(IOException atThePeer, RemovalCause cause) {
    return atThePeer instanceof ConnectionLostException lost
        && lost.reason().kind() == CloseReason.Kind.PEER_APPLICATION
        && lost.reason().code() == cause.code();
  }

  static void exchange(QuicStream stream, String text) throws IOException {
    byte[] request = text.getBytes(StandardCharsets.UTF_8);
    stream.output().write(request);
    stream.output().close();
    assertArrayEquals(request, stream.input().readAllBytes(), text);
  }
}

package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.mockito.ArgumentMatchers.isA;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import io.netty.incubator.codec.quic.QuicServerCodecBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mockito.Answers;

/** Whoever sees connection ids must not know the tokens that end those connections (R15, N6). */
class ResetTokensTest {
  private static final int IDS = 1_000;

  private final Random random = new Random(1);
  private final ResetTokens tokens = new ResetTokens();

  private ByteBuffer id() {
    byte[] bytes = new byte[20];
    random.nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  @Test
  void theSameIdHasTheSameTokenAndEachIdAnother() {
    Set<ByteBuffer> seen = new HashSet<>();
    for (int i = 0; i < IDS; i++) {
      ByteBuffer id = id();
      ByteBuffer token = tokens.newResetToken(id.duplicate());
      assertEquals(16, token.remaining());
      assertEquals(token, tokens.newResetToken(id.duplicate()));
      seen.add(token);
    }
    assertEquals(IDS, seen.size());
  }

  /** What the peer is told of them is encrypted, so that this is all that can be seen. */
  @Test
  void listenersUseThem() {
    QuicServerCodecBuilder builder = mock(QuicServerCodecBuilder.class, Answers.RETURNS_SELF);
    NettyEndpoint.guarded(builder, new ConnectionIds(), new HandshakeReads());
    verify(builder).resetTokenGenerator(isA(ResetTokens.class));
  }

  @Test
  void anotherListenerHasOtherTokens() {
    ByteBuffer id = id();
    assertNotEquals(
        tokens.newResetToken(id.duplicate()), new ResetTokens().newResetToken(id.duplicate()));
  }

  /**
   * The attack: one key makes ids and tokens. Who knows how an id is made, and dials so that what
   * is signed for it spells the victim's id, is then given the victim's token as an id.
   */
  @Test
  void noIdThatTheListenerGivesOutIsAToken() throws UnknownHostException {
    byte[] madeUp = new byte[8];
    random.nextBytes(madeUp);
    ConnectionIds ids = new ConnectionIds();
    ids.sender(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 4001));
    ByteBuffer victim = // purpose, length of the address, address, port
        ByteBuffer.allocate(16).put(new byte[] {0, 4, 127, 0, 0, 1}).putChar((char) 4001);
    victim.put(madeUp).flip();
    ByteBuffer given = ids.newId(ByteBuffer.allocate(8), ByteBuffer.wrap(madeUp), 16);
    assertNotEquals(tokens.newResetToken(victim), given);
  }
}

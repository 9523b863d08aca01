package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What tokens are given, and which are taken (R15, N6). */
class AddressValidationTest {
  private static final InetSocketAddress DIALLER = new InetSocketAddress("192.0.2.1", 4433);
  private static final byte[] ID = {1, 2, 3, 4, 5, 6, 7, 8};
  private static final int REFUSED = -1;

  private final AtomicInteger underWay = new AtomicInteger(AddressValidation.RETRY_FROM);
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // System.nanoTime may overflow
  private final AddressValidation tokens = new AddressValidation(underWay::get, now::get);

  private ByteBuf token(AddressValidation from, InetSocketAddress address) {
    ByteBuf out = Unpooled.buffer();
    assertTrue(from.writeToken(out, Unpooled.wrappedBuffer(ID), address));
    assertTrue(out.readableBytes() <= from.maxTokenLength());
    return out;
  }

  @Test
  void aListenerInPeaceAsksForNoProof() {
    underWay.set(AddressValidation.RETRY_FROM - 1);
    ByteBuf out = Unpooled.buffer();
    assertFalse(tokens.writeToken(out, Unpooled.wrappedBuffer(ID), DIALLER));
    assertFalse(out.isReadable());
  }

  @Test
  void aTokenProvesTheAddressThatItWasSentTo() {
    ByteBuf token = token(tokens, DIALLER);
    int offset = tokens.validateToken(token, DIALLER);
    assertTrue(offset > 0);
    assertEquals(
        Unpooled.wrappedBuffer(ID), token.slice(offset, token.readableBytes() - offset), "the id");
    underWay.set(0);
    assertEquals(offset, tokens.validateToken(token, DIALLER), "nor is it needed to be in trouble");
  }

  @Test
  void connectionIdsOfEveryLengthHaveRoom() {
    for (int length = 0; length <= 20; length++) {
      ByteBuf id = Unpooled.wrappedBuffer(new byte[length]);
      ByteBuf token = Unpooled.buffer();
      assertTrue(tokens.writeToken(token, id, DIALLER));
      assertTrue(token.readableBytes() <= tokens.maxTokenLength());
      assertEquals(token.readableBytes() - length, tokens.validateToken(token, DIALLER));
    }
  }

  @Test
  void replayedFromAnotherAddressItIsRefused() {
    ByteBuf token = token(tokens, DIALLER);
    for (InetSocketAddress other :
        new InetSocketAddress[] {
          new InetSocketAddress("192.0.2.1", 4434),
          new InetSocketAddress("192.0.2.2", 4433),
          new InetSocketAddress("2001:db8::1", 4433),
        }) {
      assertEquals(REFUSED, tokens.validateToken(token, other), () -> "from " + other);
    }
  }

  @Test
  void replayedLaterItIsRefused() {
    ByteBuf token = token(tokens, DIALLER);
    now.addAndGet(TimeUnit.SECONDS.toNanos(10));
    assertTrue(tokens.validateToken(token, DIALLER) > 0, "in time");
    now.incrementAndGet();
    assertEquals(REFUSED, tokens.validateToken(token, DIALLER));
  }

  @Test
  void anotherListenersTokenIsRefused() {
    ByteBuf token = token(new AddressValidation(underWay::get, now::get), DIALLER);
    assertEquals(REFUSED, tokens.validateToken(token, DIALLER));
  }

  @Test
  void aTokenWithAnyBitChangedIsRefused() {
    byte[] token = ByteBufUtil.getBytes(token(tokens, DIALLER));
    for (int bit = 0; bit < token.length * 8; bit++) {
      byte[] changed = token.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      int at = bit;
      assertEquals(
          REFUSED,
          tokens.validateToken(Unpooled.wrappedBuffer(changed), DIALLER),
          () -> "bit " + at);
    }
  }

  @Test
  void aTokenOfAnotherLengthIsRefused() {
    byte[] token = ByteBufUtil.getBytes(token(tokens, DIALLER));
    for (int length = 0; length < token.length; length++) {
      assertEquals(
          REFUSED, tokens.validateToken(Unpooled.wrappedBuffer(token, 0, length), DIALLER));
    }
    assertEquals(
        REFUSED,
        tokens.validateToken(Unpooled.wrappedBuffer(token, new byte[] {0}), DIALLER),
        "longer");
  }

  @Test
  void forgedTokensAreRefused() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      byte[] forged = new byte[random.nextInt(100)];
      random.nextBytes(forged);
      assertEquals(REFUSED, tokens.validateToken(Unpooled.wrappedBuffer(forged), DIALLER));
    }
  }

  @Test
  void whenFullNobodyIsLetIn() {
    ByteBuf token = token(tokens, DIALLER);
    underWay.set(AddressValidation.FULL_FROM);
    assertEquals(REFUSED, tokens.validateToken(token, DIALLER));
  }
}

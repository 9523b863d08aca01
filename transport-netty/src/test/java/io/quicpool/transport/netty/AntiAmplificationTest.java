package io.quicpool.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionAddress;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a listener's socket lets through, in and out (R15, N19). */
class AntiAmplificationTest {
  private static final int INITIAL = 0xc0;
  private static final int HANDSHAKE = 0xe0;
  private static final byte[] MADE_UP = id(1);
  private static final byte[] OURS = id(2);
  private static final byte[] THEIRS = id(3);
  private static final InetSocketAddress DIALLER = new InetSocketAddress("127.0.0.1", 4001);
  private static final InetSocketAddress STRANGER = new InetSocketAddress("127.0.0.1", 4002);
  private static final InetSocketAddress LISTENER = new InetSocketAddress("127.0.0.1", 4433);

  private final ConnectionIds ids = new ConnectionIds();
  private final AntiAmplification limit = new AntiAmplification(ids);
  private final EmbeddedChannel socket = new EmbeddedChannel(limit, new Codec());
  private AntiAmplification.@Nullable Dialler dialler;
  private byte[] accepts = OURS;
  private @Nullable ByteBuffer given;

  /** Makes a connection of what comes while there is none. */
  private final class Codec extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      given = idFor(MADE_UP);
      if (dialler == null) {
        QuicChannel channel = mock(QuicChannel.class);
        when(channel.localAddress()).thenReturn(new QuicConnectionAddress(accepts));
        dialler = limit.begin(channel);
      }
      ctx.fireChannelRead(message);
    }
  }

  private ByteBuffer idFor(byte[] madeUp) {
    return ids.newId(ByteBuffer.wrap(THEIRS), ByteBuffer.wrap(madeUp), 20);
  }

  @AfterEach
  void close() {
    socket.finishAndReleaseAll();
  }

  private static byte[] id(int value) {
    byte[] id = new byte[20];
    Arrays.fill(id, (byte) value);
    return id;
  }

  private static ByteBuf packet(int first, byte[] destination, byte[] source, int size) {
    ByteBuf bytes = Unpooled.buffer(size);
    bytes.writeByte(first).writeInt(1);
    bytes.writeByte(destination.length).writeBytes(destination);
    bytes.writeByte(source.length).writeBytes(source);
    return bytes.writeZero(size - bytes.readableBytes());
  }

  /** Whether the codec saw it. */
  private boolean comes(InetSocketAddress from, int first, byte[] destination, int size) {
    return comes(from, packet(first, destination, THEIRS, size));
  }

  private boolean comes(InetSocketAddress from, ByteBuf bytes) {
    socket.writeInbound(new DatagramPacket(bytes, LISTENER, from));
    Object seen = socket.readInbound();
    ReferenceCountUtil.release(seen);
    return seen != null;
  }

  /** Whether the socket sends it. */
  private boolean leaves(int size) {
    socket.writeOutbound(new DatagramPacket(packet(INITIAL, THEIRS, OURS, size), DIALLER));
    Object sent = socket.readOutbound();
    ReferenceCountUtil.release(sent);
    return sent != null;
  }

  @Test
  void threeTimesWhatCameMayBeSent() {
    assertTrue(comes(DIALLER, INITIAL, MADE_UP, 1200));
    assertTrue(leaves(1200));
    assertTrue(leaves(1300));
    assertFalse(leaves(1101), "3601 of 3600");
    assertTrue(leaves(1100), "3600 of 3600");
    assertFalse(leaves(50));

    assertTrue(comes(DIALLER, INITIAL, MADE_UP, 1250), "the dialler repeats itself");
    assertTrue(leaves(3750));
    assertFalse(leaves(50));
  }

  @Test
  void whoSendsToTheIdThatOnlyAnswersShowHasProvenItself() {
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    assertTrue(comes(DIALLER, HANDSHAKE, OURS, 60));
    assertTrue(leaves(60_000));
  }

  @Test
  void aPacketFromAnotherAddressProvesNothing() {
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    comes(STRANGER, HANDSHAKE, OURS, 1200);
    comes(STRANGER, INITIAL, MADE_UP, 1200);
    assertTrue(leaves(3600));
    assertFalse(leaves(50));
  }

  /** Else the id that proves an address could be had from another one. */
  @Test
  void idsAreMadeForTheAddressThatTheDatagramCameFrom() {
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    ByteBuffer diallers = given;
    comes(STRANGER, INITIAL, MADE_UP, 1200);
    assertNotEquals(diallers, given);
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    assertEquals(diallers, given);
    assertNotEquals(diallers, idFor(MADE_UP), "of no datagram");
  }

  @Test
  void aHandshakeThatIsOverIsNotLimited() {
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    dialler.handshakeOver();
    assertTrue(leaves(60_000));
  }

  @Test
  void anIdOutOfARetryIsProven() {
    accepts = MADE_UP;
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    socket.writeOutbound(new DatagramPacket(packet(INITIAL, THEIRS, MADE_UP, 60_000), DIALLER));
    ReferenceCountUtil.release(assertSent());
  }

  private Object assertSent() {
    Object sent = socket.readOutbound();
    assertTrue(sent != null);
    return sent;
  }

  @Test
  void whatIsDroppedLooksSent() {
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    ByteBuf bytes = packet(INITIAL, THEIRS, OURS, 3601);
    assertTrue(socket.writeOneOutbound(new DatagramPacket(bytes, DIALLER)).isSuccess());
    assertEquals(0, bytes.refCnt());
  }

  @ParameterizedTest
  @ValueSource(ints = {47, 100, 1199})
  void aFirstPacketInASmallDatagramIsDropped(int size) {
    assertFalse(comes(DIALLER, INITIAL, MADE_UP, size));
    ByteBuf anotherVersion = packet(HANDSHAKE, MADE_UP, THEIRS, size);
    anotherVersion.setInt(1, 0x1a1a1a1a);
    assertFalse(comes(DIALLER, anotherVersion));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 6, 25, 26, 46})
  void aHeaderThatIsCutShortIsDropped(int size) {
    ByteBuf bytes = packet(INITIAL, MADE_UP, THEIRS, 1200);
    assertFalse(comes(DIALLER, bytes.readRetainedSlice(size)));
    bytes.release();
  }

  /** It may hold the close of a dialler that gave up. */
  @Test
  void aSmallFirstPacketOfAConnectionThatIsThereIsNot() {
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    assertTrue(comes(DIALLER, INITIAL, MADE_UP, 60), "under the id that it made up");
    assertTrue(comes(DIALLER, INITIAL, OURS, 60));
    dialler.handshakeOver();
    assertTrue(comes(DIALLER, INITIAL, OURS, 60), "after its handshake");
    dialler.closed();
    assertFalse(comes(DIALLER, INITIAL, OURS, 60), "after its end");
  }

  @Test
  void shortHeadersPass() {
    comes(DIALLER, INITIAL, MADE_UP, 1200);
    assertTrue(comes(DIALLER, Unpooled.wrappedBuffer(new byte[] {0x40})));
    socket.writeOutbound(new DatagramPacket(Unpooled.wrappedBuffer(new byte[] {0x40, 1}), DIALLER));
    ReferenceCountUtil.release(assertSent());
  }
}

package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionAddress;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a listener from being a tool against an address that somebody forged: between the socket
 * and the codec, it holds to two rules that the codec does not keep (N19).
 *
 * <ul>
 *   <li>A dialler's first packets come in datagrams of at least 1200 bytes; in smaller ones they
 *       are dropped (RFC 9000, section 14.1).
 *   <li>Until a dialler has proven that it can receive at its address, a connection sends at most
 *       three times the bytes that came from there (section 8.1). Proof is a packet to the id that
 *       the listener made for the connection, which only its own answers show, or a token of a
 *       Retry.
 * </ul>
 *
 * <p>This is about handshakes, which long headers carry. That a connection that moves to another
 * address first validates it (section 9.3) is quiche's own.
 *
 * <p>What is dropped on the way out counts as sent, as if the network had lost it.
 *
 * <p>Of each handshake under way it remembers the address and how much may still be sent there, of
 * each connection its id. Confined to the listener's event loop.
 */
final class AntiAmplification extends ChannelDuplexHandler {
  private static final int MIN_DATAGRAM_BYTES = 1200;
  private static final int FACTOR = 3;

  /** The id that a dialler made up for its first packet, before it has one of the listener's. */
  private record FirstId(InetSocketAddress sender, QuicConnectionAddress id) {}

  private final ConnectionIds ids;
  private final Map<QuicConnectionAddress, Dialler> dialled = new HashMap<>();
  private final Map<FirstId, Dialler> unproven = new HashMap<>();
  private @Nullable FirstId arriving;
  private int arrivingBytes;

  AntiAmplification(ConnectionIds ids) {
    this.ids = ids;
  }

  /** One connection, as seen from its listener's socket. */
  final class Dialler {
    private final FirstId first;
    private final QuicConnectionAddress id;
    private long allowedBytes; // what may still be sent while the address is unproven
    private boolean proven;

    private Dialler(FirstId first, QuicConnectionAddress id) {
      this.first = first;
      this.id = id;
    }

    private void received(int bytes) {
      allowedBytes += (long) FACTOR * bytes;
    }

    private boolean maySend(int bytes) {
      if (proven) {
        return true;
      }
      if (bytes > allowedBytes) {
        return false;
      }
      allowedBytes -= bytes;
      return true;
    }

    private void prove() {
      proven = true;
      unproven.remove(first, this);
    }

    /** Its handshake has ended: nobody gets to that point who cannot receive. */
    void handshakeOver() {
      prove();
    }

    void closed() {
      unproven.remove(first, this);
      dialled.remove(id, this);
    }
  }

  /** The datagram that is being read has made a connection. */
  Dialler begin(QuicChannel channel) {
    FirstId first = arriving;
    SocketAddress address = channel.localAddress();
    if (first == null || !(address instanceof QuicConnectionAddress id)) {
      throw new IllegalStateException("a dialler's datagram makes a connection, with an id");
    }
    Dialler dialler = new Dialler(first, id);
    dialled.put(id, dialler);
    if (id.equals(first.id())) { // it is one out of a Retry, and the token was right
      dialler.proven = true;
    } else {
      dialler.received(arrivingBytes);
      unproven.put(first, dialler);
    }
    return dialler;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof DatagramPacket datagram) || !LongHeader.leads(datagram.content())) {
      ctx.fireChannelRead(message);
      return;
    }
    ByteBuf bytes = datagram.content();
    int size = bytes.readableBytes();
    Optional<LongHeader> header = LongHeader.of(bytes);
    if (header.isEmpty()) {
      datagram.release(); // no version of QUIC that is known here
      return;
    }
    InetSocketAddress sender = datagram.sender();
    FirstId first = new FirstId(sender, header.get().destination());
    Dialler dialler = dialled.get(first.id());
    if (dialler != null) {
      if (!dialler.proven && dialler.first.sender().equals(sender)) {
        dialler.prove();
      }
    } else if ((dialler = unproven.get(first)) != null) {
      dialler.received(size);
    } else if (size < MIN_DATAGRAM_BYTES && header.get().mayBeFirst()) {
      datagram.release();
      return;
    }
    arriving = first;
    arrivingBytes = size;
    ids.sender(sender);
    try {
      ctx.fireChannelRead(message);
    } finally {
      arriving = null;
      ids.sender(null);
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof DatagramPacket datagram && isTooMuch(datagram.content())) {
      ReferenceCountUtil.release(message);
      promise.trySuccess();
    } else {
      ctx.write(message, promise);
    }
  }

  private boolean isTooMuch(ByteBuf bytes) {
    if (unproven.isEmpty() || !LongHeader.leads(bytes)) {
      return false;
    }
    Dialler dialler = LongHeader.of(bytes).map(header -> dialled.get(header.source())).orElse(null);
    return dialler != null && !dialler.maySend(bytes.readableBytes());
  }
}

package io.quicpool.benchmarks.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.incubator.codec.quic.DefaultQuicStreamFrame;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicClientCodecBuilder;
import io.netty.incubator.codec.quic.QuicSslContext;
import io.netty.incubator.codec.quic.QuicSslContextBuilder;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.incubator.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.quicpool.testkit.TestIdentity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Netty's codec alone: one event loop and one socket for all connections. FINs leave with the last
 * bytes (N1, N2).
 */
final class BareNetty implements BareStack {
  private static final long WINDOW_BYTES = 1 << 20;
  private static final long SECONDS = 30;
  private static final int SOCKET_BUFFER_BYTES = 4 << 20; // as the transport's

  private final NioEventLoopGroup loop = new NioEventLoopGroup(1);
  private final Channel socket;

  /** How TLS tasks are run: with netty's default, or so that a dial takes one round trip (N13). */
  enum Connect {
    ONE_ROUND_TRIP,
    DEFAULT
  }

  BareNetty(String alpn, X509TrustManager trust, Optional<TestIdentity> identity, Connect connect) {
    QuicSslContextBuilder tls =
        QuicSslContextBuilder.forClient().trustManager(trust).applicationProtocols(alpn);
    identity.ifPresent(shown -> tls.keyManager(shown.key(), null, shown.certificate()));
    QuicSslContext context = tls.build();
    QuicClientCodecBuilder codec =
        new QuicClientCodecBuilder()
            .sslContext(context)
            .maxIdleTimeout(120, TimeUnit.SECONDS)
            .initialMaxData(16 * WINDOW_BYTES)
            .initialMaxStreamDataBidirectionalLocal(WINDOW_BYTES)
            .initialMaxStreamDataBidirectionalRemote(WINDOW_BYTES)
            .initialMaxStreamsBidirectional(100);
    if (connect == Connect.ONE_ROUND_TRIP) {
      codec.sslTaskExecutor(
          task -> {
            task.run();
            task.run();
          });
    }
    socket =
        new Bootstrap()
            .group(loop)
            .channel(NioDatagramChannel.class)
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
            .handler(codec.build())
            .bind(0)
            .syncUninterruptibly()
            .channel();
  }

  @Override
  public BareConnection connect(InetSocketAddress address) throws IOException {
    return new Connection(
        result(
            QuicChannel.newBootstrap(socket)
                .streamHandler(new ChannelInboundHandlerAdapter())
                .remoteAddress(address)
                .connect()));
  }

  @Override
  public void close() {
    socket.close().syncUninterruptibly();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static <T> T result(Future<T> future) throws IOException {
    try {
      return future.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    IOException told = new InterruptedIOException("interrupted");
    told.initCause(e);
    return told;
  }

  private record Connection(QuicChannel channel) implements BareConnection {

    @Override
    public byte[] exchange(byte[] request) throws IOException {
      Stream stream = new Stream(Unpooled.wrappedBuffer(request));
      stream.open(channel);
      byte[] reply = stream.reply();
      stream.close();
      return reply;
    }

    @Override
    public long upload(long bytes) throws IOException {
      Stream stream = new Stream(Unpooled.EMPTY_BUFFER);
      QuicStreamChannel opened = result(stream.open(channel));
      for (long left = bytes; left > 0; left -= Bulk.CHUNK_BYTES) {
        int length = (int) Math.min(left, Bulk.CHUNK_BYTES);
        stream.write(opened, Unpooled.wrappedBuffer(Bulk.CHUNK, 0, length), length == left);
      }
      long read = ByteBuffer.wrap(stream.reply()).getLong();
      stream.close();
      return read;
    }

    @Override
    public boolean isUp() {
      return channel.isActive();
    }

    @Override
    public void close() {
      channel.close();
    }
  }

  /**
   * A blocking caller's view of a stream; what it is to send first leaves as soon as it is open.
   */
  private static final class Stream extends ChannelInboundHandlerAdapter {
    private static final int CHUNKS_UNDER_WAY = 16;

    private final ByteBuf first; // all that there is to send, if it is not empty
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> reply = new CompletableFuture<>();
    private final Semaphore room = new Semaphore(CHUNKS_UNDER_WAY);
    private @Nullable Future<QuicStreamChannel> opening;

    Stream(ByteBuf first) {
      this.first = first;
    }

    Future<QuicStreamChannel> open(QuicChannel channel) {
      opening = channel.createStream(QuicStreamType.BIDIRECTIONAL, this).addListener(this::note);
      return opening;
    }

    private void note(Future<?> done) {
      if (!done.isSuccess()) {
        reply.completeExceptionally(done.cause());
      }
    }

    byte[] reply() throws IOException {
      try {
        return reply.get(SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException(e);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }

    /** Waits while much is under way; a write that fails ends the wait for the reply. */
    void write(QuicStreamChannel stream, ByteBuf bytes, boolean last) throws IOException {
      try {
        if (!room.tryAcquire(SECONDS, TimeUnit.SECONDS)) {
          throw new IOException("no room for " + SECONDS + " s");
        }
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      stream
          .writeAndFlush(new DefaultQuicStreamFrame(bytes, last))
          .addListener(
              done -> {
                note(done);
                room.release();
              });
    }

    void close() {
      if (opening != null) {
        opening.getNow().close();
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (first.isReadable()) {
        ctx.writeAndFlush(new DefaultQuicStreamFrame(first, true)).addListener(this::note);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
      try {
        ByteBuf bytes = (ByteBuf) message;
        bytes.readBytes(received, bytes.readableBytes());
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownReadComplete.INSTANCE) {
        reply.complete(received.toByteArray());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      reply.completeExceptionally(new IOException("the stream ended"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      reply.completeExceptionally(cause);
    }
  }
}

package io.quicpool.transport.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionStats;
import io.netty.util.AttributeKey;
import io.quicpool.ConnectFailedException;
import io.quicpool.PoolClosedException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One dial, from the request to a connection or a typed failure, within a deadline of its own.
 *
 * <p>Runs on the event loop. The future may be cancelled or completed from anywhere; what then
 * still comes out of the handshake is closed.
 */
final class Dial implements HandshakeEvents.Outcome {
  /** By it the TLS engine of a channel that is about to connect finds its dial. */
  static final AttributeKey<Dial> KEY = AttributeKey.valueOf(Dial.class, "dial");

  private static final long ABANDONED_MILLIS = 1000;

  private final EndpointConfig config;
  private final DialRequest request;
  private final HandshakeTrust trust;
  private final Handshake handshake;
  private final Consumer<NettyConnection> opened;
  private final CompletableFuture<QuicConnection> result = new CompletableFuture<>();
  private final long startNanos = System.nanoTime();
  private @Nullable QuicChannel channel;
  private boolean handshakeOver;
  private boolean connected; // the channel is the connection's to close
  private @Nullable Future<?> deadline;

  Dial(
      EndpointConfig config,
      DialRequest request,
      HandshakeTrust trust,
      Consumer<NettyConnection> opened) {
    this.config = config;
    this.opened = opened;
    this.request = request;
    this.trust = trust;
    this.handshake = new Handshake(request.verifier());
  }

  CompletableFuture<QuicConnection> result() {
    return result;
  }

  DialRequest request() {
    return request;
  }

  Handshake handshake() {
    return handshake;
  }

  /** Any thread. */
  void start(Channel socket) {
    try {
      socket.eventLoop().execute(() -> connect(socket));
    } catch (RejectedExecutionException e) {
      abort();
    }
  }

  /** Any thread: the endpoint is closed. */
  void abort() {
    result.completeExceptionally(
        new PoolClosedException(
            "the endpoint was closed before " + request.address() + " answered"));
  }

  private void connect(Channel socket) {
    if (result.isDone()) {
      return;
    }
    deadline =
        socket
            .eventLoop()
            .schedule(this::tooLate, request.timeout().toNanos(), TimeUnit.NANOSECONDS);
    // Whatever ends the wait from outside, a cancel or the endpoint's close, ends the handshake.
    result.whenComplete((connection, error) -> socket.eventLoop().execute(this::resultKnown));
    HandshakeEvents events = new HandshakeEvents(config, handshake, false, true, this);
    QuicChannel.newBootstrap(socket)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // the deadline is kept here
        .attr(KEY, this)
        .handler(new ChannelNote(events))
        .streamHandler(NoStreams.INSTANCE)
        .remoteAddress(request.address())
        .connect()
        .addListener(
            future -> {
              if (!future.isSuccess()) {
                events.failed(future.cause());
              }
            });
  }

  private void tooLate() {
    result.completeExceptionally(
        new ConnectFailedException(
            ConnectFailedException.Phase.HANDSHAKE,
            request.address() + " did not answer within " + request.timeout().toMillis() + " ms"));
  }

  private void resultKnown() {
    if (deadline != null) {
      deadline.cancel(false);
    }
    QuicChannel dialled = channel;
    if (dialled == null || handshakeOver || !result.isCompletedExceptionally()) {
      letGo();
    } else {
      dialled
          .collectStats()
          .addListener(
              (io.netty.util.concurrent.Future<QuicConnectionStats> seen) ->
                  abandon(dialled.eventLoop(), seen.isSuccess() && seen.getNow().recv() > 0));
    }
  }

  /**
   * Ends a handshake that is under way. Once the listener has answered, a close might leave in the
   * same datagram as the end of the handshake, where a listener drops it and then waits for its
   * idle timeout (N14, N17). So what is about to succeed may succeed, and is then closed as a
   * connection.
   */
  private void abandon(EventLoop loop, boolean answered) {
    if (answered && !handshakeOver) {
      loop.schedule(this::letGo, ABANDONED_MILLIS, TimeUnit.MILLISECONDS);
    } else {
      letGo();
    }
  }

  private void letGo() {
    trust.end(handshake);
    if (result.isCompletedExceptionally() && channel != null && !connected) {
      channel.close();
    }
  }

  /** Says nothing of whether the listener takes us: it may still refuse our certificate (N7). */
  @Override
  public void connected(NettyConnection connection) {
    handshakeOver = true;
    connected = true;
    opened.accept(connection);
    if (!result.complete(connection)) {
      connection.close(0, "dial abandoned");
    }
  }

  @Override
  public void failed(HandshakeFailure failure) {
    handshakeOver = true;
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    result.completeExceptionally(failure.toException(request.address(), config.alpn(), millis));
  }

  /** Notes the channel before anything happens on it: only then can the dial be abandoned. */
  private final class ChannelNote extends ChannelInboundHandlerAdapter {
    private final ChannelHandler next;

    ChannelNote(ChannelHandler next) {
      this.next = next;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      channel = (QuicChannel) ctx.channel();
      ctx.pipeline().replace(this, "handshake", next);
    }
  }
}

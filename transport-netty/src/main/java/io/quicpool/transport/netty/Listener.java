package io.quicpool.transport.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.incubator.codec.quic.QuicChannel;
import io.quicpool.spi.EndpointConfig;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Follows the handshakes of those who dial, and hands the connections to the acceptor. */
final class Listener extends ChannelInitializer<QuicChannel> {
  private static final long HANDSHAKE_SECONDS = 10;

  private final EndpointConfig config;
  private final EndpointConfig.Listening listening;
  private final HandshakeTrust trust;
  private final HandshakeReads reads;
  private final AntiAmplification limit;
  private final Consumer<NettyConnection> opened;

  Listener(
      EndpointConfig config,
      EndpointConfig.Listening listening,
      HandshakeTrust trust,
      HandshakeReads reads,
      AntiAmplification limit,
      Consumer<NettyConnection> opened) {
    this.config = config;
    this.listening = listening;
    this.trust = trust;
    this.reads = reads;
    this.limit = limit;
    this.opened = opened;
  }

  @Override
  public boolean isSharable() {
    return true;
  }

  @Override
  protected void initChannel(QuicChannel channel) {
    Handshake handshake = channel.attr(ServerTls.KEY).get();
    if (handshake == null) {
      throw new IllegalStateException("the TLS engine is made before the channel is registered");
    }
    boolean anonymousAllowed = listening.clientAuth() != EndpointConfig.ClientAuth.REQUIRED;
    AntiAmplification.Dialler dialler = limit.begin(channel);
    reads.begin();
    Inbound inbound = new Inbound(handshake, dialler);
    channel
        .pipeline()
        .addLast(new HandshakeEvents(config, handshake, anonymousAllowed, false, inbound));
    // A stranger's first packet must not occupy anything for the whole idle timeout.
    Future<?> deadline =
        channel
            .eventLoop()
            .schedule(() -> inbound.tooLate(channel), HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              deadline.cancel(false);
              inbound.over();
              dialler.closed();
            });
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  private final class Inbound implements HandshakeEvents.Outcome {
    private final Handshake handshake;
    private final AntiAmplification.Dialler dialler;
    private boolean over;

    Inbound(Handshake handshake, AntiAmplification.Dialler dialler) {
      this.handshake = handshake;
      this.dialler = dialler;
    }

    void tooLate(QuicChannel channel) {
      if (!over) {
        channel.close();
      }
    }

    void over() {
      if (!over) {
        over = true;
        reads.end();
        trust.end(handshake);
      }
    }

    @Override
    public void connected(NettyConnection connection) {
      over();
      dialler.handshakeOver();
      opened.accept(connection);
      try {
        config.handlerExecutor().execute(() -> call(connection));
      } catch (RejectedExecutionException e) {
        connection.close(0, "not accepted");
      }
    }

    private void call(NettyConnection connection) {
      try {
        listening.acceptor().accept(connection);
      } catch (RuntimeException | Error e) {
        connection.close(0, "not accepted");
        throw e; // for the executor's own handling
      }
    }

    @Override
    public void failed(HandshakeFailure failure) {
      over(); // the dialler was told by TLS; here nobody waits for it
    }
  }
}

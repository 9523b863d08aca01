package io.quicpool.transport.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicClientCodecBuilder;
import io.netty.incubator.codec.quic.QuicCodecBuilder;
import io.netty.incubator.codec.quic.QuicServerCodecBuilder;
import io.netty.incubator.codec.quic.QuicSslContext;
import io.netty.incubator.codec.quic.QuicSslEngine;
import io.quicpool.Capability;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.TlsMaterial;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One event loop group, one UDP socket that all dials share, and one more where it listens: the
 * codecs of both directions cannot share a socket.
 */
final class NettyEndpoint implements QuicEndpoint {
  /**
   * One socket serves many connections, and a stream alone may have 1 MiB under way by default. A
   * system that permits less gives less, and more packets are lost in front of a busy thread.
   */
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;

  private static final int DATAGRAM_QUEUE = 16;

  private final EndpointConfig config;
  private final HandshakeTrust trust = new HandshakeTrust();
  private final EventLoops loops;
  private final Set<NettyConnection> connections = ConcurrentHashMap.newKeySet();
  private final Set<Dial> dials = ConcurrentHashMap.newKeySet();
  private final List<Channel> sockets = new ArrayList<>(); // complete before the endpoint is seen
  private final AtomicBoolean closed = new AtomicBoolean();
  private final InetSocketAddress localAddress;
  private final Channel dialSocket;
  private volatile QuicSslContext dialling;
  private @Nullable ServerTls serverTls; // set before the endpoint is handed out

  static NettyEndpoint open(EndpointConfig config) throws PoolOpenException {
    boolean listens = config.listening().isPresent();
    EventLoops loops = new EventLoops(listens ? 2 : 1);
    try {
      return new NettyEndpoint(config, loops);
    } catch (PoolOpenException | RuntimeException e) {
      loops.close(); // and with them what was bound
      throw e;
    }
  }

  private NettyEndpoint(EndpointConfig config, EventLoops loops) throws PoolOpenException {
    this.config = config;
    this.loops = loops;
    dialling = TlsContexts.dialling(config, config.tls(), trust);
    EndpointConfig.@Nullable Listening listening = config.listening().orElse(null);
    Channel listenSocket = listening == null ? null : listen(listening);
    dialSocket =
        bind(
            new Bootstrap(),
            settings(new QuicClientCodecBuilder())
                .sslEngineProvider(channel -> clientEngine(channel))
                .build(),
            new InetSocketAddress(0));
    Channel shown = listenSocket == null ? dialSocket : listenSocket;
    localAddress = (InetSocketAddress) shown.localAddress();
  }

  private Channel listen(EndpointConfig.Listening listening) throws PoolOpenException {
    ServerTls tls =
        new ServerTls(
            TlsContexts.listening(config, config.tls(), listening.clientAuth(), trust),
            trust,
            listening.verifier());
    serverTls = tls;
    HandshakeReads reads = new HandshakeReads();
    ConnectionIds ids = new ConnectionIds();
    AntiAmplification limit = new AntiAmplification(ids);
    ChannelHandler codec =
        guarded(settings(new QuicServerCodecBuilder()), ids, reads)
            .sslEngineProvider(tls)
            .handler(new Listener(config, listening, trust, reads, limit, this::opened))
            .streamHandler(NoStreams.INSTANCE)
            .build();
    return bind(
        new Bootstrap().option(ChannelOption.RCVBUF_ALLOCATOR, reads),
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel socket) {
            socket.pipeline().addLast(limit, codec);
          }
        },
        listening.address());
  }

  /** With nothing left to the codec that a stranger could use (N6). */
  static QuicServerCodecBuilder guarded(
      QuicServerCodecBuilder builder, ConnectionIds ids, HandshakeReads reads) {
    return builder
        .tokenHandler(new AddressValidation(reads::pending, System::nanoTime))
        .connectionIdAddressGenerator(ids)
        .resetTokenGenerator(new ResetTokens());
  }

  private <B extends QuicCodecBuilder<B>> B settings(B builder) {
    long window = config.streamWindowBytes();
    return builder
        .maxIdleTimeout(config.idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .initialMaxData(config.connectionWindowBytes())
        .initialMaxStreamDataBidirectionalLocal(window)
        .initialMaxStreamDataBidirectionalRemote(window)
        .initialMaxStreamDataUnidirectional(0)
        .initialMaxStreamsBidirectional(config.maxIncomingStreams())
        .initialMaxStreamsUnidirectional(0)
        .datagram(DATAGRAM_QUEUE, DATAGRAM_QUEUE) // for probes
        // A codec that runs TLS tasks itself goes on with the handshake only by the next packet,
        // a round trip later (N13). Any other executor makes it go on at once, after each run; the
        // second run of a task does nothing else.
        .sslTaskExecutor(NettyEndpoint::runTwice);
  }

  private static void runTwice(Runnable task) {
    task.run();
    task.run();
  }

  private Channel bind(Bootstrap bootstrap, ChannelHandler codec, InetSocketAddress address)
      throws PoolOpenException {
    ChannelFuture bound =
        bootstrap
            .group(loops.group())
            .channel(NioDatagramChannel.class)
            .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
            .handler(codec)
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new PoolOpenException(
          PoolOpenException.Kind.ENDPOINT,
          "cannot open a UDP socket at " + address + ": " + bound.cause().getMessage(),
          bound.cause());
    }
    sockets.add(bound.channel());
    return bound.channel();
  }

  private QuicSslEngine clientEngine(QuicChannel channel) {
    Dial dial = channel.attr(Dial.KEY).getAndSet(null); // else the connection would keep it
    if (dial == null) {
      throw new IllegalStateException("only a dial connects a channel");
    }
    DialRequest request = dial.request();
    QuicSslEngine engine = // the codec sends no SNI for an address literal
        dialling.newEngine(channel.alloc(), request.serverName(), request.address().getPort());
    trust.begin(engine, dial.handshake());
    return engine;
  }

  private void opened(NettyConnection connection) {
    connections.add(connection);
    connection.gone().addListener(gone -> connections.remove(connection));
    if (closed.get()) {
      connection.close(0, "");
    }
  }

  @Override
  public CompletableFuture<QuicConnection> connect(DialRequest request) {
    Dial dial = new Dial(config, request, trust, this::opened);
    dials.add(dial);
    dial.result().whenComplete((connection, error) -> dials.remove(dial));
    if (closed.get()) {
      dial.abort();
    } else {
      dial.start(dialSocket);
    }
    return dial.result();
  }

  @Override
  public void reloadTls(TlsMaterial tls) throws PoolOpenException {
    QuicSslContext forDials = TlsContexts.dialling(config, tls, trust);
    ServerTls listener = serverTls;
    if (listener != null) {
      listener.reload(
          TlsContexts.listening(config, tls, config.listening().orElseThrow().clientAuth(), trust));
    }
    dialling = forDials; // last: what fails has changed nothing
  }

  @Override
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public Set<Capability> capabilities() {
    return EnumSet.allOf(Capability.class);
  }

  @Override
  public QuicConnection adopt(Object nativeConnection) {
    NettyConnection connection = Adoption.adopt(nativeConnection, config);
    opened(connection);
    return connection;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      dials.forEach(Dial::abort);
      connections.forEach(connection -> connection.close(0, ""));
      new Shutdown(loops, sockets, connections::isEmpty).run();
    }
  }

  @Override
  public String toString() {
    return "netty endpoint at " + localAddress;
  }
}

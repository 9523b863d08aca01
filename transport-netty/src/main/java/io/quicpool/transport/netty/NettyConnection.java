package io.quicpool.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.incubator.codec.quic.QuicChannel;
import io.netty.incubator.codec.quic.QuicConnectionPathStats;
import io.netty.incubator.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import io.quicpool.CloseReason;
import io.quicpool.ConnectionStats;
import io.quicpool.QuicStream;
import io.quicpool.spi.ClosedSignal;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * A connection over a codec channel.
 *
 * <p>{@code reason} is written once, by whatever ends the connection first; who wrote it does what
 * follows: streams and those who wait for one are told, then {@code closed} completes. That happens
 * on the event loop, so that what was received before the end is given out first.
 */
final class NettyConnection implements QuicConnection {
  private static final System.Logger LOGGER =
      System.getLogger(NettyConnection.class.getPackageName());

  private static final int REASON_BYTES = 256; // CONNECTION_CLOSE has to fit a packet
  private static final int LEAST_DATAGRAM_BYTES = 1200; // RFC 9000, section 14
  private static final int FEWEST_DATAGRAMS = 100;
  private static final int APPLICATION_ERROR = 0x0c; // RFC 9000, section 20.1

  private final QuicChannel channel;
  private final EndpointConfig config;
  private final List<X509Certificate> peerCertificates;
  private final String alpn;
  private final InetSocketAddress firstRemoteAddress;
  private final boolean client;
  private final Liveness liveness;
  private final FirstRoundTrip firstRoundTrip;
  private final StreamOpener opener;
  private volatile @Nullable CloseReason peersReason;
  private final IncomingStreams incoming;
  private volatile @Nullable ConnectionStreams streams; // written on the event loop
  private final AtomicReference<@Nullable CloseReason> reason = new AtomicReference<>();
  private final ClosedSignal closed = new ClosedSignal();

  NettyConnection(
      QuicChannel channel,
      EndpointConfig config,
      String alpn,
      List<X509Certificate> peerCertificates,
      InetSocketAddress remoteAddress,
      boolean dialled) {
    this.channel = channel;
    this.config = config;
    this.alpn = alpn;
    this.peerCertificates = peerCertificates;
    this.firstRemoteAddress = remoteAddress;
    SSLEngine engine = channel.sslEngine();
    this.client = engine != null && engine.getUseClientMode();
    this.firstRoundTrip = new FirstRoundTrip(channel, dialled);
    this.liveness = new Liveness(channel, firstRoundTrip);
    this.opener =
        new StreamOpener(
            channel,
            liveness,
            () -> new StreamEvents(this::ourStream, liveness, streams().steps()));
    this.incoming = new IncomingStreams(config.handlerExecutor());
  }

  private void elicit() {
    if (liveness.canProbe()) {
      liveness.elicit();
    }
  }

  /** Completes when the channel is closed, and its close frame handed to the socket. */
  Future<Void> gone() {
    return channel.closeFuture();
  }

  Liveness liveness() {
    return liveness;
  }

  StreamOpener opener() {
    return opener;
  }

  private NettyStream ourStream(QuicStreamChannel streamChannel) {
    return streamMade(streamChannel, Optional.of(opener));
  }

  private NettyStream peersStream(QuicStreamChannel streamChannel) {
    return streamMade(streamChannel, Optional.empty());
  }

  private NettyStream streamMade(QuicStreamChannel streamChannel, Optional<StreamOpener> ours) {
    NettyStream stream = streams().add(streamChannel, ours, config.streamTimeout());
    CloseReason over = reason.get();
    if (over != null) {
      stream.connectionEnded(over);
    }
    return stream;
  }

  /** On the event loop. */
  private ConnectionStreams streams() {
    ConnectionStreams made = streams;
    if (made == null) {
      made = new ConnectionStreams(channel, config.connectionWindowBytes(), this::elicit);
      streams = made;
    }
    return made;
  }

  private boolean isStallSuspected() {
    ConnectionStreams made = streams;
    return made != null && made.isStallSuspected();
  }

  /** On the event loop: the peer opened a stream. */
  void accept(QuicStreamChannel streamChannel) {
    StreamEvents events = new StreamEvents(this::peersStream, liveness, streams().steps());
    streamChannel.pipeline().addLast(events);
    channel
        .eventLoop()
        .register(streamChannel)
        .addListener(
            registered -> {
              if (registered.isSuccess()) {
                incoming.add(events.stream());
              }
            });
  }

  /** On the event loop: the channel has closed, and nobody told why before. */
  void ended(QuicChannel closedChannel) {
    end(
        closedChannel.isTimedOut()
            ? new CloseReason(CloseReason.Kind.IDLE_TIMEOUT, 0, "")
            : new CloseReason(CloseReason.Kind.LOST, 0, ""));
  }

  /**
   * On the event loop: the peer closes. Its reason stays the first one, also where a local close
   * comes before {@link #end}.
   */
  void peerCloses(CloseReason why) {
    peersReason = why;
    opener.peerCloses();
  }

  /** On the event loop: the connection has ended; what comes after the first call does nothing. */
  void end(CloseReason why) {
    reason.compareAndSet(null, why);
    CloseReason first = reason.get();
    if (first == null || closed.reason().isPresent()) {
      return;
    }
    opener.fail(first);
    ConnectionStreams made = streams;
    if (made != null) {
      made.end(first);
    }
    closed.complete(first);
  }

  @Override
  public void close(long code, String text) {
    if (code < 0 || code > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "an application error code must be from 0 to 2^31 - 1, was " + code);
    }
    CloseReason local = CloseReason.local(code, text);
    CloseReason peers = peersReason;
    if (!reason.compareAndSet(null, peers == null ? local : peers)) {
      return;
    }
    try {
      channel.eventLoop().execute(() -> closeNow(local));
    } catch (RejectedExecutionException e) {
      end(local); // the endpoint was closed, and the channel with it
    }
  }

  private void closeNow(CloseReason local) {
    end(local);
    firstRoundTrip.await(
        liveness,
        confirmed ->
            channel
                .collectPathStats(0)
                .addListener(
                    (Future<QuicConnectionPathStats> path) -> {
                      limitWhatACloseSends(path.isSuccess() ? path.getNow().cwnd() : 0);
                      sendClose(local, confirmed);
                    }));
  }

  /** No more than the window allows, and much less than for ever (N17). */
  private void limitWhatACloseSends(long windowBytes) {
    long datagrams = FEWEST_DATAGRAMS + 2 * windowBytes / LEAST_DATAGRAM_BYTES;
    channel.config().setAllocator(new SendLimit(channel.alloc(), datagrams));
  }

  private void sendClose(CloseReason local, boolean confirmed) {
    ByteBuf text = channel.alloc().directBuffer();
    ByteBufUtil.writeUtf8(text, local.text());
    if (text.readableBytes() > REASON_BYTES) {
      text.writerIndex(REASON_BYTES);
    }
    // RFC 9000, section 10.2.3: before the handshake is confirmed the code is not told.
    int code = confirmed ? (int) local.code() : APPLICATION_ERROR;
    channel
        .close(confirmed, code, text, channel.newPromise())
        .addListener(
            close -> {
              if (!close.isSuccess()) { // it has freed the connection all the same
                LOGGER.log(Level.WARNING, "the close frame of " + this + " failed", close.cause());
              }
            });
  }

  @Override
  public boolean isDialled() {
    return client;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return channel.remoteSocketAddress() instanceof InetSocketAddress now
        ? now
        : firstRemoteAddress; // a closed channel has none
  }

  @Override
  public String alpn() {
    return alpn;
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return peerCertificates;
  }

  @Override
  public boolean isOpen() {
    return reason.get() == null && channel.isActive();
  }

  @Override
  public CompletionStage<CloseReason> closed() {
    return closed.stage();
  }

  @Override
  public void onClosed(Consumer<CloseReason> told) {
    closed.onClosed(told);
  }

  @Override
  public CompletableFuture<QuicStream> openStream() {
    return opener.open();
  }

  @Override
  public OptionalLong availableStreams() {
    return opener.available();
  }

  @Override
  public void onStream(Consumer<QuicStream> handler) {
    incoming.handler(handler);
  }

  @Override
  public boolean canProbe() {
    return liveness.canProbe();
  }

  @Override
  public CompletableFuture<Boolean> probe(Duration patience) {
    if (!isStallSuspected()) {
      return liveness.probe(patience);
    }
    try {
      return CompletableFuture.supplyAsync(opener::roomless, channel.eventLoop())
          .thenCompose(unused -> probe(patience, unused));
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(false); // the endpoint was closed
    }
  }

  /** A peer that answers, and takes no byte of any stream, is of no use for messages (N20). */
  private CompletableFuture<Boolean> probe(Duration patience, Optional<NettyStream> unused) {
    return liveness
        .probe(patience)
        .thenApply(
            alive ->
                alive
                    && !(isStallSuspected()
                        && unused.filter(stream -> !stream.hadRoom()).isPresent()));
  }

  @Override
  public Optional<Duration> sinceLastPacket() {
    return Optional.of(liveness.sinceLastPacket());
  }

  @Override
  public ConnectionStats stats() {
    return liveness.stats();
  }

  @Override
  public <T> Optional<T> unwrap(Class<T> type) {
    return type.isInstance(channel) ? Optional.of(type.cast(channel)) : Optional.empty();
  }

  @Override
  public String toString() {
    return "netty connection to " + firstRemoteAddress;
  }
}

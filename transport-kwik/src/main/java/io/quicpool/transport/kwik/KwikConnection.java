package io.quicpool.transport.kwik;

import io.quicpool.CloseReason;
import io.quicpool.CloseReason.Kind;
import io.quicpool.ConnectionLostException;
import io.quicpool.ConnectionStats;
import io.quicpool.QuicStream;
import io.quicpool.StreamResetException;
import io.quicpool.spi.ClosedSignal;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tech.kwik.core.ConnectionTerminatedEvent;
import tech.kwik.core.QuicClientConnection;

/**
 * A kwik connection, dialled or accepted.
 *
 * <p>It has ended when {@code reason} is set: by a close of ours, by kwik's close event, or, since
 * kwik gives no event when it dies of an error (K14), by its socket being closed. Whoever sets it
 * does what follows: streams, waiters, the future.
 */
final class KwikConnection implements QuicConnection {
  private static final byte[] PROBE = new byte[1];

  /** How long after the cause the close event may be, which kwik delivers on another thread. */
  private static final long EVENT_MILLIS = 500;

  private final tech.kwik.core.QuicConnection connection;
  private final InetSocketAddress remote;
  private final EndpointConfig config;
  private final PacketLog packets;
  private final WakeUpGuard guard;
  private final Workers workers;
  private final StreamOpener opener;
  private final AtomicReference<@Nullable CloseReason> reason = new AtomicReference<>();
  private final ClosedSignal closed = new ClosedSignal();
  private final Set<KwikStream> streams = ConcurrentHashMap.newKeySet();
  private final Set<Runnable> probes = ConcurrentHashMap.newKeySet();
  private final ReentrantLock handlerLock = new ReentrantLock();
  private @Nullable Consumer<QuicStream> handler; // guarded by handlerLock
  private List<KwikStream> unhandled = new ArrayList<>(); // guarded by handlerLock
  private volatile List<X509Certificate> certificates = List.of();

  KwikConnection(
      tech.kwik.core.QuicConnection connection,
      InetSocketAddress remote,
      EndpointConfig config,
      PacketLog packets,
      WakeUpGuard guard,
      Workers workers) {
    this.connection = connection;
    this.remote = remote;
    this.config = config;
    this.packets = packets;
    this.guard = guard;
    this.workers = workers;
    opener = new StreamOpener(connection, stream -> wrap(stream, true), workers, this::whyEnded);
  }

  @Override
  public boolean isDialled() {
    return connection instanceof QuicClientConnection;
  }

  /** Starts to listen to kwik; before the handshake, so that nothing is missed. */
  void attach() {
    connection.setConnectionListener(this::terminated);
    connection.setPeerInitiatedStreamCallback(this::accept);
  }

  /** The handshake has ended: the peer is who showed these. */
  void verified(List<X509Certificate> chain) {
    certificates = List.copyOf(chain);
  }

  private void terminated(ConnectionTerminatedEvent event) {
    end(CloseReasons.of(event));
  }

  /** Its socket is gone. If no event told why, none will: but it may be on its way. */
  void socketClosed() {
    if (isOpen()) {
      workers.after(
          TimeUnit.MILLISECONDS.toNanos(EVENT_MILLIS),
          () -> end(new CloseReason(Kind.LOST, 0, "kwik gave the connection up")));
    }
  }

  private void end(CloseReason why) {
    if (reason.compareAndSet(null, why)) {
      finish(why);
    }
  }

  private void finish(CloseReason why) {
    opener.connectionOver(why);
    streams.forEach(KwikStream::connectionOver);
    probes.forEach(Runnable::run);
    closed.complete(why);
  }

  private KwikStream wrap(tech.kwik.core.QuicStream stream, boolean ours) {
    KwikStream wrapped =
        new KwikStream(
            stream,
            ours ? Optional.of(opener) : Optional.empty(),
            this,
            config.streamTimeout(),
            guard,
            workers);
    streams.add(wrapped);
    wrapped.ended().whenComplete((nothing, never) -> streams.remove(wrapped));
    if (!isOpen() && streams.remove(wrapped)) {
      wrapped.connectionOver(); // it ended in between, and did not see this one
    }
    return wrapped;
  }

  /** On kwik's callback thread: handed off at once. */
  void accept(tech.kwik.core.QuicStream stream) {
    KwikStream accepted = wrap(stream, false);
    Consumer<QuicStream> to;
    handlerLock.lock();
    try {
      to = handler;
      if (to == null) {
        unhandled.add(accepted);
      }
    } finally {
      handlerLock.unlock();
    }
    if (to != null) {
      dispatch(to, accepted);
    }
  }

  private void dispatch(Consumer<QuicStream> to, KwikStream stream) {
    try {
      config.handlerExecutor().execute(() -> to.accept(stream));
    } catch (RejectedExecutionException e) {
      stream.close(); // nobody is there to take it
    }
  }

  @Override
  public void onStream(Consumer<QuicStream> newHandler) {
    List<KwikStream> waiting;
    handlerLock.lock();
    try {
      if (handler != null) {
        throw new IllegalStateException("a stream handler was set before");
      }
      handler = newHandler;
      waiting = unhandled;
      unhandled = List.of();
    } finally {
      handlerLock.unlock();
    }
    waiting.forEach(stream -> dispatch(newHandler, stream));
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return remote;
  }

  @Override
  public String alpn() {
    return config.alpn();
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return certificates;
  }

  @Override
  public boolean isOpen() {
    return reason.get() == null;
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
    return OptionalLong.empty(); // K3: kwik does not tell
  }

  @Override
  public boolean canProbe() {
    return isOpen() && connection.canSendDatagram();
  }

  /**
   * A datagram of one byte (RFC 9221), which the peer's stack acknowledges and its application need
   * not read. K4: this is also instead of kwik's keepAlive, which leaks a thread.
   */
  @Override
  public CompletableFuture<Boolean> probe(Duration patience) {
    if (!canProbe()) {
      return CompletableFuture.completedFuture(false);
    }
    CompletableFuture<Boolean> answer = packets.nextPacket().copy();
    Runnable giveUp = () -> answer.complete(false);
    Runnable cancel = workers.after(patience.toNanos(), giveUp);
    probes.add(giveUp);
    answer.whenComplete(
        (alive, never) -> {
          cancel.run();
          probes.remove(giveUp);
        });
    if (isOpen()) {
      connection.sendDatagram(PROBE);
    } else {
      giveUp.run(); // it ended in between, and may not have seen this one
    }
    return answer;
  }

  @Override
  public Optional<Duration> sinceLastPacket() {
    return Optional.of(Duration.ofNanos(Math.max(0, System.nanoTime() - packets.lastNanos())));
  }

  @Override
  public ConnectionStats stats() {
    var stats = connection.getStats();
    return new ConnectionStats(
        Optional.of(Duration.ofMillis(stats.smoothedRtt())),
        OptionalLong.of(stats.lostPackets()),
        OptionalLong.of(stats.bytesSent()),
        OptionalLong.of(packets.bytes()));
  }

  long rttNanos() {
    return TimeUnit.MILLISECONDS.toNanos(connection.getStats().smoothedRtt());
  }

  @Override
  public void close(long code, String text) {
    CloseReason why = CloseReason.local(code, text);
    if (reason.compareAndSet(null, why)) { // before kwik is told, whose event comes later
      try {
        connection.close(code, text);
      } finally {
        finish(why);
      }
    }
  }

  /** Refuses a connection in the handshake's terms, before anyone has seen it. */
  void refuse(String text) {
    if (reason.compareAndSet(null, CloseReason.local(0, text))) {
      connection.close(tech.kwik.core.QuicConstants.TransportErrorCode.CONNECTION_REFUSED, text);
      finish(CloseReason.local(0, text));
    }
  }

  @Override
  public <T> Optional<T> unwrap(Class<T> type) {
    return type.isInstance(connection) ? Optional.of(type.cast(connection)) : Optional.empty();
  }

  @Override
  public String toString() {
    return "kwik connection with " + remote;
  }

  /** Throws if the connection has ended. */
  void checkOpen(String doing) throws ConnectionLostException {
    CloseReason over = reason.get();
    if (over != null) {
      throw new ConnectionLostException(doing, over);
    }
  }

  /** What an error of kwik's streams means; it tells by its text alone. */
  IOException failure(String doing, IOException e) {
    String text = String.valueOf(e.getMessage());
    if (isOpen() && !text.contains("onnection")) {
      var reset = new StreamResetException(doing + ": the stream was reset"); // code unknown
      reset.initCause(e);
      return reset;
    }
    return new ConnectionLostException(doing, whyEnded(), e);
  }

  /** The streams of a connection end before the event comes that tells why: waits for it. */
  private CloseReason whyEnded() {
    try {
      return closed.stage().toCompletableFuture().get(EVENT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      KwikLog.LOGGER.log(System.Logger.Level.DEBUG, "no close event came for {0}", this);
    }
    return new CloseReason(Kind.LOST, 0, "kwik did not tell why");
  }
}

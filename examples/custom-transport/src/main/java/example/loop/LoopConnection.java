package example.loop;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.ConnectionStats;
import io.quicpool.QuicStream;
import io.quicpool.spi.ClosedSignal;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One side of a connection.
 *
 * <p>{@code lock} protects what is not final or concurrent of itself; nothing is called out of it.
 * Streams are granted by one thread at a time, whoever is at it, so that they come in the order in
 * which they were asked for; a dependent of such a future that waits keeps the next ones waiting.
 */
final class LoopConnection implements QuicConnection {
  private final boolean dialled;
  private final InetSocketAddress remote;
  private final EndpointConfig config;
  private final List<X509Certificate> peerCertificates;
  private final ClosedSignal closed = new ClosedSignal();
  private final Set<LoopStream> streams = ConcurrentHashMap.newKeySet();
  private final AtomicInteger granting = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<CompletableFuture<QuicStream>> waiting = new ArrayDeque<>();
  private final Deque<LoopStream> unhandled = new ArrayDeque<>();
  private Optional<Consumer<QuicStream>> handler = Optional.empty();
  private LoopConnection peer = this;
  private long credit;
  private long opened;

  LoopConnection(
      boolean dialled,
      InetSocketAddress remote,
      EndpointConfig config,
      List<X509Certificate> peerCertificates) {
    this.dialled = dialled;
    this.remote = remote;
    this.config = config;
    this.peerCertificates = peerCertificates;
  }

  /** Makes the two sides of a connection know each other, before anybody else knows them. */
  void join(LoopConnection other) {
    peer = other;
    other.peer = this;
    credit = other.config.maxIncomingStreams();
    other.credit = config.maxIncomingStreams();
  }

  // What it is.

  @Override
  public InetSocketAddress remoteAddress() {
    return remote;
  }

  @Override
  public boolean isDialled() {
    return dialled;
  }

  @Override
  public String alpn() {
    return config.alpn();
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return peerCertificates;
  }

  @Override
  public ConnectionStats stats() {
    return ConnectionStats.unknown();
  }

  @Override
  public <T> Optional<T> unwrap(Class<T> type) {
    return Optional.empty();
  }

  // Signs of life: nothing gets lost on the way, so there is nothing to ask.

  @Override
  public boolean canProbe() {
    return false;
  }

  @Override
  public CompletableFuture<Boolean> probe(Duration patience) {
    return CompletableFuture.completedFuture(false);
  }

  @Override
  public Optional<Duration> sinceLastPacket() {
    return Optional.empty();
  }

  // Its end.

  @Override
  public boolean isOpen() {
    return closed.reason().isEmpty();
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
  public void close(long code, String reason) {
    if (code < 0 || code > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a close code must be from 0 to 2^31 - 1, was " + code);
    }
    if (end(CloseReason.local(code, reason))) {
      peer.end(new CloseReason(CloseReason.Kind.PEER_APPLICATION, code, reason));
    }
  }

  private boolean end(CloseReason reason) {
    boolean first = closed.complete(reason);
    if (first) {
      streams.forEach(LoopStream::cut);
      failWhoWaits();
    }
    return first;
  }

  private void failWhoWaits() {
    List<CompletableFuture<QuicStream>> left = new ArrayList<>();
    locked(
        () -> {
          left.addAll(waiting);
          waiting.clear();
        });
    lost().ifPresent(lost -> left.forEach(each -> each.completeExceptionally(lost)));
  }

  /** Why nothing goes on, if it has ended. */
  Optional<ConnectionLostException> lost() {
    return closed
        .reason()
        .map(
            reason ->
                new ConnectionLostException("the connection to " + remote + " ended", reason));
  }

  // Streams that this side opens.

  @Override
  public CompletableFuture<QuicStream> openStream() {
    CompletableFuture<QuicStream> stream = new CompletableFuture<>();
    locked(() -> waiting.add(stream));
    grant();
    if (!isOpen()) {
      failWhoWaits();
    }
    stream.whenComplete(
        (opened, failure) -> {
          if (stream.isCancelled()) {
            locked(() -> waiting.remove(stream));
          }
        });
    return stream;
  }

  @Override
  public OptionalLong availableStreams() {
    long[] available = new long[1];
    locked(() -> available[0] = waiting.isEmpty() && isOpen() ? credit : 0);
    return OptionalLong.of(available[0]);
  }

  private void grant() {
    if (granting.getAndIncrement() > 0) {
      return; // who is at it goes round once more
    }
    do {
      Optional<CompletableFuture<QuicStream>> next = next();
      while (next.isPresent()) {
        give(next.get());
        next = next();
      }
    } while (granting.decrementAndGet() > 0);
  }

  /** Not on the thread of who ends a stream: who is granted one may do anything with it at once. */
  private void grantLater() {
    try {
      config.handlerExecutor().execute(this::grant);
    } catch (RejectedExecutionException e) {
      close(0, ""); // its endpoint is about to do so
    }
  }

  private Optional<CompletableFuture<QuicStream>> next() {
    lock.lock();
    try {
      return credit > 0 && isOpen() ? Optional.ofNullable(waiting.poll()) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private void give(CompletableFuture<QuicStream> asked) {
    Optional<ConnectionLostException> lost = lost();
    if (lost.isPresent()) {
      asked.completeExceptionally(lost.get());
      return;
    }
    if (asked.isDone()) {
      return; // cancelled
    }
    long[] number = new long[1];
    locked(
        () -> {
          credit--;
          number[0] = opened++;
        });
    LoopStream near = stream(4 * number[0] + (dialled ? 0 : 1)); // RFC 9000, section 2.1
    if (!asked.complete(near)) {
      near.close(); // cancelled just now: the peer learns of it as of any stream
    }
  }

  private LoopStream stream(long id) {
    AtomicInteger directions = new AtomicInteger(2);
    Runnable over =
        () -> {
          if (directions.decrementAndGet() == 0) {
            locked(() -> credit++);
            grantLater();
          }
        };
    LoopPipe there = new LoopPipe(id, peer.config.streamWindowBytes(), over);
    LoopPipe back = new LoopPipe(id, config.streamWindowBytes(), over);
    LoopStream far = new LoopStream(id, peer.config.streamTimeout(), peer, there, back, () -> {});
    LoopStream near =
        new LoopStream(id, config.streamTimeout(), this, back, there, () -> peer.arrive(far));
    own(near);
    return near;
  }

  private void own(LoopStream stream) {
    streams.add(stream);
    stream.ended().thenRun(() -> streams.remove(stream));
    if (!isOpen()) { // and did perhaps not see it
      stream.cut();
    }
  }

  // Streams that the peer opens.

  private void arrive(LoopStream stream) {
    own(stream);
    locked(() -> unhandled.add(stream));
    handOver();
  }

  @Override
  public void onStream(Consumer<QuicStream> streamHandler) {
    boolean[] first = new boolean[1];
    locked(
        () -> {
          first[0] = handler.isEmpty();
          handler = handler.or(() -> Optional.of(streamHandler));
        });
    if (!first[0]) {
      throw new IllegalStateException("a handler was set before");
    }
    handOver();
  }

  private void handOver() {
    Deque<LoopStream> arrived = new ArrayDeque<>();
    locked(
        () -> {
          if (handler.isPresent()) {
            arrived.addAll(unhandled);
            unhandled.clear();
          }
        });
    for (LoopStream stream : arrived) {
      try {
        config.handlerExecutor().execute(() -> handler.orElseThrow().accept(stream));
      } catch (RejectedExecutionException e) {
        stream.close();
      }
    }
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
    } finally {
      lock.unlock();
    }
  }
}

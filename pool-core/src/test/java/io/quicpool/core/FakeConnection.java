package io.quicpool.core;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionStats;
import io.quicpool.QuicStream;
import io.quicpool.spi.QuicConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A connection without a network: light, and as badly behaved as a test wants it. */
class FakeConnection implements QuicConnection {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  final CompletableFuture<CloseReason> closed = new CompletableFuture<>();
  final AtomicInteger closeCalls = new AtomicInteger();
  final AtomicInteger probeCalls = new AtomicInteger();
  volatile boolean open = true;
  volatile boolean tellsItsEnd = true;
  volatile BooleanSupplier canProbe = () -> true;
  volatile Supplier<ConnectionStats> rtt = ConnectionStats::unknown;
  volatile Supplier<CompletableFuture<QuicStream>> streams = CompletableFuture::new;
  volatile Supplier<CompletableFuture<Boolean>> probes = CompletableFuture::new;
  volatile Supplier<Optional<Duration>> silence = Optional::empty;

  @Override
  public InetSocketAddress remoteAddress() {
    return ADDRESS;
  }

  @Override
  public boolean isDialled() {
    return true;
  }

  @Override
  public String alpn() {
    return "test/1";
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return List.of();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public CompletionStage<CloseReason> closed() {
    return closed;
  }

  @Override
  public CompletableFuture<QuicStream> openStream() {
    return streams.get();
  }

  @Override
  public OptionalLong availableStreams() {
    return OptionalLong.empty();
  }

  @Override
  public void onStream(Consumer<QuicStream> handler) {}

  @Override
  public boolean canProbe() {
    return canProbe.getAsBoolean();
  }

  @Override
  public CompletableFuture<Boolean> probe(Duration patience) {
    probeCalls.incrementAndGet();
    return probes.get();
  }

  @Override
  public Optional<Duration> sinceLastPacket() {
    return silence.get();
  }

  @Override
  public ConnectionStats stats() {
    return rtt.get();
  }

  /** The path is gone. */
  void lose() {
    open = false;
    closed.complete(new CloseReason(CloseReason.Kind.LOST, 0, "scripted"));
  }

  @Override
  public void close(long code, String reason) {
    closeCalls.incrementAndGet();
    open = false;
    if (tellsItsEnd) {
      closed.complete(CloseReason.local(code, reason));
    }
  }

  @Override
  public <T> Optional<T> unwrap(Class<T> type) {
    return Optional.empty();
  }
}

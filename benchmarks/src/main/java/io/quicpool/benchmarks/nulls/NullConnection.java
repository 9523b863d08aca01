package io.quicpool.benchmarks.nulls;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionLostException;
import io.quicpool.ConnectionStats;
import io.quicpool.QuicStream;
import io.quicpool.spi.ClosedSignal;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A connection that is up until it is closed, and carries nothing. */
final class NullConnection implements QuicConnection {
  private static final InetSocketAddress REMOTE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 4433);

  private final AtomicLong closedOnes;
  private final ClosedSignal closed = new ClosedSignal();

  NullConnection(AtomicLong closedOnes) {
    this.closedOnes = closedOnes;
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return REMOTE;
  }

  @Override
  public boolean isDialled() {
    return true;
  }

  @Override
  public String alpn() {
    return "null";
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return List.of();
  }

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
  public CompletableFuture<QuicStream> openStream() {
    return CompletableFuture.failedFuture(
        new ConnectionLostException("a null connection has no streams", CloseReason.local(0, "")));
  }

  @Override
  public OptionalLong availableStreams() {
    return OptionalLong.empty();
  }

  @Override
  public void onStream(Consumer<QuicStream> handler) {}

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

  @Override
  public ConnectionStats stats() {
    return ConnectionStats.unknown();
  }

  @Override
  public void close(long code, String reason) {
    if (closed.complete(CloseReason.local(code, reason))) {
      closedOnes.incrementAndGet();
    }
  }

  @Override
  public <T> Optional<T> unwrap(Class<T> type) {
    return Optional.empty();
  }
}

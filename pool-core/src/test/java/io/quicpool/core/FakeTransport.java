package io.quicpool.core;

import io.quicpool.Capability;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsMaterial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A transport whose dials are a function of the test's. */
class FakeTransport implements QuicTransport, QuicEndpoint {
  final AtomicInteger closeCalls = new AtomicInteger();
  private final Function<DialRequest, CompletableFuture<QuicConnection>> dials;

  FakeTransport(Function<DialRequest, CompletableFuture<QuicConnection>> dials) {
    this.dials = dials;
  }

  /** Every dial yields that connection, verified. */
  static FakeTransport to(QuicConnection connection) {
    return new FakeTransport(request -> verified(request, connection));
  }

  static CompletableFuture<QuicConnection> verified(DialRequest request, QuicConnection made) {
    try {
      request.verifier().verify(List.of());
      return CompletableFuture.completedFuture(made);
    } catch (CertificateException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public String version() {
    return "0";
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) {
    return this;
  }

  @Override
  public CompletableFuture<QuicConnection> connect(DialRequest request) {
    return dials.apply(request);
  }

  @Override
  public InetSocketAddress localAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 2);
  }

  @Override
  public void reloadTls(TlsMaterial tls) {}

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.PROBE);
  }

  @Override
  public QuicConnection adopt(Object nativeConnection) {
    throw new IllegalArgumentException("nothing is adopted");
  }

  @Override
  public void close() {
    closeCalls.incrementAndGet();
  }
}

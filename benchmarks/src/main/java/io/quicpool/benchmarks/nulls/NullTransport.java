package io.quicpool.benchmarks.nulls;

import io.quicpool.Capability;
import io.quicpool.ConnectFailedException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsMaterial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Dials anybody at once, on the caller's thread; its connections carry nothing. It counts what it
 * dials, so that a benchmark can tell that it measured what it meant to.
 */
public final class NullTransport implements QuicTransport {
  private final AtomicLong dials = new AtomicLong();
  private final AtomicLong closed = new AtomicLong();
  private final AtomicInteger taken = new AtomicInteger();
  private NullConnection[] prepared = {};

  /** Without a dial so far. */
  public NullTransport() {}

  /** How many dials there were. */
  public long dials() {
    return dials.get();
  }

  /** How many connections were closed. */
  public long closed() {
    return closed.get();
  }

  /**
   * Makes connections that the next dials yield, so that the heap holds them already, and goes on
   * holding them. Before the first dial.
   */
  public void prepare(int count) {
    prepared = new NullConnection[count];
    Arrays.setAll(prepared, i -> new NullConnection(closed));
  }

  private NullConnection next() {
    int place = prepared.length == 0 ? 0 : taken.getAndIncrement();
    return place < prepared.length ? prepared[place] : new NullConnection(closed);
  }

  @Override
  public String name() {
    return "null";
  }

  @Override
  public String version() {
    return "null";
  }

  @Override
  public QuicEndpoint open(EndpointConfig config) {
    return new Endpoint();
  }

  private final class Endpoint implements QuicEndpoint {
    private final InetSocketAddress local =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @Override
    public CompletableFuture<QuicConnection> connect(DialRequest request) {
      try {
        request.verifier().verify(List.of());
      } catch (CertificateException e) {
        return CompletableFuture.failedFuture(
            new ConnectFailedException(ConnectFailedException.Phase.IDENTITY, "refused", e));
      }
      dials.incrementAndGet();
      return CompletableFuture.completedFuture(next());
    }

    @Override
    public void reloadTls(TlsMaterial tls) {}

    @Override
    public InetSocketAddress localAddress() {
      return local;
    }

    @Override
    public Set<Capability> capabilities() {
      return Set.of();
    }

    @Override
    public QuicConnection adopt(Object nativeConnection) {
      throw new IllegalArgumentException("there is no null connection to adopt");
    }

    @Override
    public void close() {}
  }
}

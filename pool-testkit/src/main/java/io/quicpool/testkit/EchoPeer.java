package io.quicpool.testkit;

import io.quicpool.Endpoint;
import io.quicpool.Fingerprint;
import io.quicpool.Peer;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicStream;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A peer on any transport that sends back every byte of every stream, while it reads, and ends its
 * output when the dialler ended its own. A stream that fails is reset and harms no other.
 *
 * <p>Memory is bounded: a 16 KiB buffer and a daemon thread (named {@code quicpool-echo-…}) for
 * each stream that is open. Thread-safe. Whoever opened it closes it.
 */
public final class EchoPeer implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int MAX_FAILURES = 100;
  private static final AtomicInteger THREADS = new AtomicInteger();

  private final ExecutorService executor;
  private final QuicEndpoint endpoint;
  private final TlsIdentity identity;
  private final Set<QuicConnection> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger streams = new AtomicInteger();
  private final AtomicInteger failedStreams = new AtomicInteger();
  private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytes = new AtomicLong();

  private EchoPeer(Builder builder) throws PoolOpenException {
    identity = builder.identity;
    executor = Executors.newCachedThreadPool(EchoPeer::thread);
    TlsMaterial tls = new TlsMaterial(Optional.of(identity), Optional.empty(), false);
    try {
      endpoint =
          builder.transport.open(
              EndpointConfig.builder(builder.alpn, tls)
                  .maxIncomingStreams(builder.maxStreams)
                  .idleTimeout(builder.idleTimeout)
                  .handlerExecutor(executor)
                  .listen(builder.address, builder.clientAuth, builder.verifier, this::accept)
                  .build());
    } catch (PoolOpenException | RuntimeException e) {
      executor.shutdown();
      throw e;
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "quicpool-echo-" + THREADS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** An echo on a free port of 127.0.0.1, with that identity, for that application protocol. */
  public static EchoPeer open(QuicTransport transport, TestIdentity identity, String alpn)
      throws PoolOpenException {
    return on(transport, identity.identity(), alpn).open();
  }

  /** Starts from a free port of 127.0.0.1, anonymous diallers, and the SPI's defaults. */
  public static Builder on(QuicTransport transport, TlsIdentity identity, String alpn) {
    return new Builder(transport, identity, alpn);
  }

  private void accept(QuicConnection connection) {
    connections.incrementAndGet();
    open.add(connection);
    connection.closed().thenRun(() -> open.remove(connection));
    connection.onStream(this::echo);
  }

  private void echo(QuicStream stream) {
    streams.incrementAndGet();
    try (stream) {
      InputStream in = stream.input();
      OutputStream out = stream.output();
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
        bytes.addAndGet(count);
      }
      out.close();
    } catch (IOException e) {
      // The dialler reset it, went away, or was too slow.
      if (failedStreams.incrementAndGet() <= MAX_FAILURES) {
        failures.add(e);
      }
    }
  }

  /** Whoever proves the host and port that this peer listens at. */
  public Peer peer() {
    return Peer.of(endpoint());
  }

  /** Whoever holds this peer's key, with where it listens as a hint. */
  public Peer pinned() {
    return Peer.pinned(Fingerprint.of(identity.chain().get(0)), endpoint().toString());
  }

  /** Where it listens. */
  public Endpoint endpoint() {
    return Endpoint.of(address().getAddress().getHostAddress(), address().getPort());
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return endpoint.localAddress();
  }

  /** The transport's endpoint under it, which closes with it. */
  public QuicEndpoint transportEndpoint() {
    return endpoint;
  }

  /** The connections that are open now. */
  public List<QuicConnection> openConnections() {
    return List.copyOf(open);
  }

  /** How many connections were ever accepted. */
  public int connections() {
    return connections.get();
  }

  /** How many streams were ever accepted. */
  public int streams() {
    return streams.get();
  }

  /** How many streams ended by an error, among them those that the dialler reset. */
  public int failedStreams() {
    return failedStreams.get();
  }

  /** The errors of the first 100 of {@link #failedStreams()}. */
  public List<IOException> failures() {
    return List.copyOf(failures);
  }

  /** How many bytes were sent back. */
  public long bytes() {
    return bytes.get();
  }

  /** Closes every connection with that application error code. */
  public void closeConnections(long code, String reason) {
    openConnections().forEach(connection -> connection.close(code, reason));
  }

  /** Closes the endpoint with every connection, and lets the threads go. */
  @Override
  public void close() {
    endpoint.close();
    executor.shutdownNow();
  }

  /** Collects what is not default about an echo peer. Not thread-safe. */
  public static final class Builder {
    private final QuicTransport transport;
    private final TlsIdentity identity;
    private final String alpn;
    private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private ClientAuth clientAuth = ClientAuth.NONE;
    private PeerVerifier verifier = PeerVerifier.ofAnyone();
    private int maxStreams = 100;
    private Duration idleTimeout = Duration.ofMinutes(2);

    private Builder(QuicTransport transport, TlsIdentity identity, String alpn) {
      this.transport = transport;
      this.identity = identity;
      this.alpn = alpn;
    }

    /** Listens there. */
    public Builder listen(InetSocketAddress at) {
      address = at;
      return this;
    }

    /** Asks diallers for certificates. */
    public Builder clientAuth(ClientAuth auth, PeerVerifier by) {
      clientAuth = auth;
      verifier = by;
      return this;
    }

    /** How many streams each dialler may have open. */
    public Builder maxStreams(int max) {
      maxStreams = max;
      return this;
    }

    /** See {@link EndpointConfig#idleTimeout()}. */
    public Builder idleTimeout(Duration timeout) {
      idleTimeout = timeout;
      return this;
    }

    /**
     * Opens it.
     *
     * @throws PoolOpenException if the transport cannot
     */
    public EchoPeer open() throws PoolOpenException {
      return new EchoPeer(this);
    }
  }
}

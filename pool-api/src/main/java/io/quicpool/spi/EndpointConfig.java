package io.quicpool.spi;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;

/** What a {@link QuicTransport} needs to open an endpoint. Immutable; made by {@link #builder}. */
public final class EndpointConfig {
  private static final Duration LONGEST = Duration.ofHours(24); // what a stream takes

  /** What a listener asks of those who dial it. */
  public enum ClientAuth {
    /** No certificate is asked for: diallers are anonymous. */
    NONE,
    /**
     * A certificate is asked for where the stack can ({@code CLIENT_CERTIFICATES}); who shows none
     * is anonymous.
     */
    OPTIONAL,
    /** A certificate is demanded. */
    REQUIRED
  }

  /** Where an endpoint listens, and what it does with those who dial it. */
  public record Listening(
      InetSocketAddress address,
      ClientAuth clientAuth,
      PeerVerifier verifier,
      Consumer<QuicConnection> acceptor) {}

  private final String alpn;
  private final TlsMaterial tls;
  private final Optional<Listening> listening;
  private final Duration idleTimeout;
  private final int maxIncomingStreams;
  private final long streamWindowBytes;
  private final long connectionWindowBytes;
  private final Duration streamTimeout;
  private final Executor handlerExecutor;

  private EndpointConfig(Builder b) {
    alpn = b.alpn;
    tls = b.tls;
    listening = b.listening;
    idleTimeout = b.idleTimeout;
    maxIncomingStreams = b.maxIncomingStreams;
    streamWindowBytes = b.streamWindowBytes;
    connectionWindowBytes = b.connectionWindowBytes;
    streamTimeout = b.streamTimeout;
    handlerExecutor = b.handlerExecutor;
  }

  /**
   * Starts from the defaults, with the application protocol and the TLS settings, which have none.
   */
  public static Builder builder(String alpn, TlsMaterial tls) {
    return new Builder(alpn, tls);
  }

  /** The application protocol (RFC 7301), offered by dials and demanded by the listener. */
  public String alpn() {
    return alpn;
  }

  /** Who this side is. What it trusts is told per dial, and by {@link Listening#verifier()}. */
  public TlsMaterial tls() {
    return tls;
  }

  /** Where to listen; empty for an endpoint that only dials. */
  public Optional<Listening> listening() {
    return listening;
  }

  /** {@code max_idle_timeout} (RFC 9000, section 10.1); default 120 s. */
  public Duration idleTimeout() {
    return idleTimeout;
  }

  /** {@code initial_max_streams_bidi}: how many streams a peer may have open; default 100. */
  public int maxIncomingStreams() {
    return maxIncomingStreams;
  }

  /** Receive window of a stream, in bytes; default 1 MiB. */
  public long streamWindowBytes() {
    return streamWindowBytes;
  }

  /** Receive window of a connection, in bytes; default 16 MiB. */
  public long connectionWindowBytes() {
    return connectionWindowBytes;
  }

  /** The timeout that streams start with; default 30 s. */
  public Duration streamTimeout() {
    return streamTimeout;
  }

  /** Where the acceptor and stream handlers are called, each call as a task that may block. */
  public Executor handlerExecutor() {
    return handlerExecutor;
  }

  /** Collects the settings of an {@link EndpointConfig}. Not thread-safe. */
  public static final class Builder {
    private final String alpn;
    private final TlsMaterial tls;
    private Optional<Listening> listening = Optional.empty();
    private Duration idleTimeout = Duration.ofMinutes(2);
    private int maxIncomingStreams = 100;
    private long streamWindowBytes = 1 << 20;
    private long connectionWindowBytes = 16 << 20;
    private Duration streamTimeout = Duration.ofSeconds(30);
    private Executor handlerExecutor = ForkJoinPool.commonPool();

    private Builder(String alpn, TlsMaterial tls) {
      if (alpn.isEmpty()
          || alpn.length() > 255
          || !alpn.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
        throw new IllegalArgumentException(
            "alpn must be 1 to 255 printable ASCII characters, was \"" + alpn + "\"");
      }
      this.alpn = alpn;
      this.tls = tls;
    }

    /**
     * Listens too. The acceptor gets each connection whose handshake has ended and which the
     * verifier accepted; it is then the acceptor's to close.
     */
    public Builder listen(
        InetSocketAddress address,
        ClientAuth clientAuth,
        PeerVerifier verifier,
        Consumer<QuicConnection> acceptor) {
      listening = Optional.of(new Listening(address, clientAuth, verifier, acceptor));
      return this;
    }

    /** See {@link EndpointConfig#idleTimeout()}. */
    public Builder idleTimeout(Duration timeout) {
      if (timeout.isZero() || timeout.isNegative()) {
        throw new IllegalArgumentException("idleTimeout must be positive, was " + timeout);
      }
      idleTimeout = timeout;
      return this;
    }

    /** See {@link EndpointConfig#maxIncomingStreams()}. */
    public Builder maxIncomingStreams(int max) {
      maxIncomingStreams = (int) atLeast("maxIncomingStreams", max, 0);
      return this;
    }

    /** See {@link EndpointConfig#streamWindowBytes()}. */
    public Builder streamWindowBytes(long bytes) {
      streamWindowBytes = atLeast("streamWindowBytes", bytes, 1024);
      return this;
    }

    /** See {@link EndpointConfig#connectionWindowBytes()}. */
    public Builder connectionWindowBytes(long bytes) {
      connectionWindowBytes = atLeast("connectionWindowBytes", bytes, 1024);
      return this;
    }

    /** See {@link EndpointConfig#streamTimeout()}. */
    public Builder streamTimeout(Duration timeout) {
      if (timeout.isZero() || timeout.isNegative() || timeout.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(
            "streamTimeout must be positive and at most 24 hours, was " + timeout);
      }
      streamTimeout = timeout;
      return this;
    }

    /** See {@link EndpointConfig#handlerExecutor()}. */
    public Builder handlerExecutor(Executor executor) {
      handlerExecutor = executor;
      return this;
    }

    /** The settings so far. */
    public EndpointConfig build() {
      return new EndpointConfig(this);
    }

    private static long atLeast(String name, long value, long least) {
      if (value < least) {
        throw new IllegalArgumentException(name + " must be at least " + least + ", was " + value);
      }
      return value;
    }
  }
}

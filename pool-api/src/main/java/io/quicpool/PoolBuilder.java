package io.quicpool;

import io.quicpool.PoolConfig.Choice;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.PoolProvider;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.QuicTransport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Collects the settings of a {@link QuicPool}. {@link #alpn} must be set; everything else has a
 * default. A value out of range is refused at once with an {@link IllegalArgumentException} that
 * states the rule and the value; nothing is corrected silently. Not thread-safe.
 */
public final class PoolBuilder {
  private static final int MAX_STREAMS = 65_535;
  private static final AtomicInteger UNNAMED = new AtomicInteger();

  private Optional<String> name = Optional.empty();
  private Optional<String> alpn = Optional.empty();
  private Tls tls = Tls.system();
  private Choice<QuicTransport> transport = Choice.only();
  private Choice<EvictionPolicy> eviction = Choice.only();
  private int maxConnections = 100;
  private int maxConnectionsPerPeer = 1;
  private int maxPending = 1000;
  private Duration idleTimeout = Duration.ofMinutes(1);
  private Duration connectTimeout = Duration.ofSeconds(5);
  private Duration acquireTimeout = Duration.ofSeconds(10);
  private Duration drainTimeout = Duration.ofSeconds(5);
  private Duration streamTimeout = Duration.ofSeconds(30);
  private Duration probeAfter = Duration.ofSeconds(15);
  private Duration probeLeasedAfter = Duration.ofSeconds(1);
  private Optional<PoolConfig.Probe> probe = Optional.empty();
  private Duration maxBackoff = Duration.ofSeconds(2);
  private Optional<Duration> maxLifetime = Optional.empty();
  private Duration grace = Duration.ZERO;
  private PeerResolver peerResolver = PeerResolver.ofPeer();
  private HostResolver hostResolver = HostResolver.ofPlatform();
  private Optional<InetSocketAddress> listenAddress = Optional.empty();
  private boolean certificateDemanded;
  private OptionalInt maxInbound = OptionalInt.empty();
  private int maxIncomingStreams = 100;
  private Optional<StreamHandler> streamHandler = Optional.empty();
  private Optional<IdentityVerifier> identities = Optional.empty();
  private Optional<PoolTime> time = Optional.empty();
  private Optional<Executor> executor = Optional.empty();
  private final List<PoolListener> listeners = new ArrayList<>();
  private final List<PoolExtension> extensions = new ArrayList<>();
  private Optional<Duration> leakDetectionThreshold = Optional.empty();
  private boolean closeAtShutdown;

  PoolBuilder() {}

  /** The application protocol (RFC 7301) that every connection speaks, such as {@code "chat/1"}. */
  public PoolBuilder alpn(String protocol) {
    if (protocol.isEmpty()
        || protocol.length() > 255
        || !protocol.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw new IllegalArgumentException(
          "alpn must be 1 to 255 printable ASCII characters, was \"" + protocol + "\"");
    }
    alpn = Optional.of(protocol);
    return this;
  }

  /**
   * What the pool is called in logs, metrics and recordings: 1 to 64 letters, digits, dots, dashes
   * and underscores; default: {@code "pool-1"} and so on. Two pools may have the same name, but
   * whatever registers them by name may refuse the second.
   */
  public PoolBuilder name(String text) {
    if (!text.matches("[A-Za-z0-9._-]{1,64}")) {
      throw new IllegalArgumentException(
          "name must be 1 to 64 letters, digits, dots, dashes and underscores, was \""
              + text
              + "\"");
    }
    name = Optional.of(text);
    return this;
  }

  /** Who is trusted, and who this side is; default: {@link Tls#system()}. */
  public PoolBuilder tls(Tls settings) {
    tls = settings;
    return this;
  }

  /** Takes the transport of that name; needed only where several are on the module path. */
  public PoolBuilder transport(String name) {
    transport = Choice.named(name);
    return this;
  }

  /** Takes this transport. */
  public PoolBuilder transport(QuicTransport instance) {
    transport = Choice.supplied(() -> instance);
    return this;
  }

  /** Takes the eviction policy of that name; needed only where several are on the module path. */
  public PoolBuilder eviction(String name) {
    eviction = Choice.named(name);
    return this;
  }

  /** Takes the eviction policy that the supplier makes: a new one at each call. */
  public PoolBuilder eviction(Supplier<? extends EvictionPolicy> supplier) {
    eviction = Choice.supplied(supplier);
    return this;
  }

  /** How many connections are open or being dialled at most, from 1 to 10 000 000; default 100. */
  public PoolBuilder maxConnections(int max) {
    maxConnections = Ranges.maxConnections(max);
    return this;
  }

  /**
   * How many connections to one peer there may be, from 1 to {@link #maxConnections}; default 1. Of
   * several the one with the fewest leases and streams on it is handed out, those without stream
   * credit last. When none has credit left the next is dialled, one at a time, if there is room, or
   * another peer's idle connection to evict, and the peer is not left in peace after a failed dial
   * ({@link #maxBackoff}). Callers that come then wait for it, for 250 ms or four round trips and
   * 50 ms, whichever is more; then, and where it is not dialled, they get one of those there are,
   * and their streams wait. A lease stands on one connection and stays there, all who waited for a
   * dial on what it yields; {@link QuicPool#openStream} looks for credit on the others from time to
   * time.
   *
   * <p>Where the stack does not tell its credit ({@link Capability#STREAM_CREDIT}), it counts as
   * used up while a stream waits to be opened for longer than 50 ms.
   *
   * <p>Accepted connections count too. The peer decides for itself how many it pools: what is one
   * too many there it drains.
   */
  public PoolBuilder maxConnectionsPerPeer(int max) {
    maxConnectionsPerPeer = Ranges.connections("maxConnectionsPerPeer", max);
    return this;
  }

  /**
   * How many callers may wait for room when the pool is full and nothing is idle, from 0 to 10 000
   * 000; default 1000. Callers that wait for a dial in flight do not count.
   */
  public PoolBuilder maxPending(int max) {
    maxPending = Ranges.maxPending(max);
    return this;
  }

  /**
   * How long a connection stays pooled unused, from 10 ms to 24 h; default 60 s. It is closed
   * within a tenth of that after it passed.
   */
  public PoolBuilder idleTimeout(Duration timeout) {
    idleTimeout = Ranges.idleTimeout(timeout);
    return this;
  }

  /** How long a dial may take, name look-up included, from 1 ms to 24 h; default 5 s. */
  public PoolBuilder connectTimeout(Duration timeout) {
    connectTimeout = Ranges.connectTimeout(timeout);
    return this;
  }

  /**
   * How long a caller waits for a connection, and for stream credit, from 1 ms to 24 h; default 10
   * s.
   */
  public PoolBuilder acquireTimeout(Duration timeout) {
    acquireTimeout = Ranges.acquireTimeout(timeout);
    return this;
  }

  /**
   * How long {@link QuicPool#close()} lets leases and streams finish, from 0 to 24 h; default 5 s.
   * Outside of it, what drains may take as long as it needs.
   */
  public PoolBuilder drainTimeout(Duration timeout) {
    drainTimeout = Ranges.drainTimeout(timeout);
    return this;
  }

  /** What {@link QuicStream#timeout()} starts with, from 1 ms to 24 h; default 30 s. */
  public PoolBuilder streamTimeout(Duration timeout) {
    streamTimeout = Ranges.inRange("streamTimeout", timeout, Duration.ofMillis(1));
    return this;
  }

  /**
   * After how long without a packet an idle connection is asked for a sign of life, from 10 ms to
   * 24 h; default 15 s.
   */
  public PoolBuilder probeAfter(Duration silence) {
    probeAfter = Ranges.inRange("probeAfter", silence, Duration.ofMillis(10));
    return this;
  }

  /**
   * After how long without a packet a connection is asked for a sign of life while a lease or a
   * stream stands on it, from 10 ms to 24 h; default 1 s, and never more than {@link #probeAfter}.
   */
  public PoolBuilder probeLeasedAfter(Duration silence) {
    probeLeasedAfter = Ranges.inRange("probeLeasedAfter", silence, Duration.ofMillis(10));
    return this;
  }

  /**
   * Asks the peer's application too whenever a connection is in doubt, after its QUIC stack has
   * given a sign of life (or in its place, where the stack cannot be asked); default: not. A peer
   * that fails twice is taken for dead, even if its QUIC stack answers.
   *
   * @param check asks
   * @param timeout how long that may take, from 1 ms to 24 h
   */
  public PoolBuilder probe(PeerProbe check, Duration timeout) {
    Duration limit = Ranges.inRange("the probe's timeout", timeout, Duration.ofMillis(1));
    probe = Optional.of(new PoolConfig.Probe(check, limit));
    return this;
  }

  /**
   * How long a peer whose dials fail is left in peace at most, from 0 (not at all) to 24 h; default
   * 2 s. It begins with 250 ms and doubles with each failure, all a fifth more or less; acquires
   * are refused meanwhile with {@link ConnectFailedException.Phase#BACKOFF}, which tells how long.
   * Any success ends it, and {@link QuicPool#clearBackoff}; {@link AcquireOptions#ignoringBackoff}
   * passes it by.
   */
  public PoolBuilder maxBackoff(Duration ceiling) {
    maxBackoff = Ranges.inRange("maxBackoff", ceiling, Duration.ZERO);
    return this;
  }

  /**
   * How long a dialled connection lives at most, from 100 ms to 24 h; default: no limit. Up to a
   * tenth before that, at random, the peer is dialled anew; the new connection takes the place of
   * the old one, which drains, so that no message waits for the handshake. Where there is no room,
   * or the dial fails, the old one stays meanwhile.
   */
  public PoolBuilder maxLifetime(Duration lifetime) {
    maxLifetime = Optional.of(Ranges.inRange("maxLifetime", lifetime, Duration.ofMillis(100)));
    return this;
  }

  /**
   * For how long a new connection is evicted only if nothing else is idle, from 0 to 24 h; default
   * 0.
   */
  public PoolBuilder grace(Duration period) {
    grace = Ranges.inRange("grace", period, Duration.ZERO);
    return this;
  }

  /** Where peers are; default: {@link PeerResolver#ofPeer()}. */
  public PoolBuilder peerResolver(PeerResolver resolver) {
    peerResolver = resolver;
    return this;
  }

  /** The addresses of host names; default: {@link HostResolver#ofPlatform()}. */
  public PoolBuilder hostResolver(HostResolver resolver) {
    hostResolver = resolver;
    return this;
  }

  /**
   * Accepts connections too, at that address; port 0 takes a free one, which {@link
   * QuicPool#listenAddress} tells. Needs an identity ({@link Tls#withIdentity}) and a handler
   * ({@link #onStream}).
   *
   * <p>Who dials with a certificate is pooled under its verified identity, {@link Peer#pinned} of
   * its key unless {@link #identities} says otherwise, and streams can be opened to it as to any
   * peer. Where the stack cannot ask for a certificate ({@link Capability#CLIENT_CERTIFICATES}),
   * and where none is shown, it is {@link Peer.Anonymous}.
   */
  public PoolBuilder listen(InetSocketAddress address) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("listen must be given an address, was " + address);
    }
    listenAddress = Optional.of(address);
    return this;
  }

  /**
   * {@link #listen(InetSocketAddress)} at an address literal and port, such as {@code
   * "0.0.0.0:4433"}, {@code "[::]:4433"} or {@code "127.0.0.1:0"}.
   *
   * @throws InvalidEndpointException if the text is not an endpoint
   * @throws IllegalArgumentException if its host is not an address literal
   */
  public PoolBuilder listen(String address) {
    Endpoint endpoint = Endpoint.parseListening(address);
    return listen(
        new InetSocketAddress(
            endpoint
                .literalAddress()
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "listen must be given an address literal, was " + address)),
            endpoint.port()));
  }

  /**
   * Who gets the streams that peers open, on connections of any origin. Without a handler peers may
   * open none.
   */
  public PoolBuilder onStream(StreamHandler handler) {
    streamHandler = Optional.of(handler);
    return this;
  }

  /** How many streams a peer may have open on a connection, from 1 to 65 535; default 100. */
  public PoolBuilder maxIncomingStreams(int max) {
    maxIncomingStreams = Ranges.inRange("maxIncomingStreams", max, 1, MAX_STREAMS);
    return this;
  }

  /**
   * How many accepted connections there are at most, anonymous and draining ones included, from 1
   * to {@link #maxConnections}; default half of that, and at least 1. An inbound connection never
   * evicts one that was dialled or adopted: over the limit the inbound one that is idle longest
   * yields, or else the newcomer is refused with a close code; the same where the pool is full,
   * since no room is kept for inbound connections. One that takes the place of its peer's own needs
   * no room of its own while the old one drains.
   */
  public PoolBuilder maxInbound(int max) {
    maxInbound = OptionalInt.of(Ranges.connections("maxInbound", max));
    return this;
  }

  /**
   * Whether whoever dials us must show a certificate; default: no, who shows none is {@link
   * Peer.Anonymous}. Opening fails with kind {@code UNSUPPORTED} if the stack cannot ask.
   */
  public PoolBuilder demandCertificates(boolean demand) {
    certificateDemanded = demand;
    return this;
  }

  /** Who {@link Peer.Named} peers are when dialled, and who inbound ones are. */
  public PoolBuilder identities(IdentityVerifier verifier) {
    identities = Optional.of(verifier);
    return this;
  }

  /** The clock and alarm, for tests in virtual time; default: the system's. */
  public PoolBuilder time(PoolTime clock) {
    time = Optional.of(clock);
    return this;
  }

  /**
   * Where stream handlers, {@link IdentityVerifier#identify}, application probes, the host
   * resolver, the listener and the dependents of futures run; it must run each task. All but the
   * last two may block: it needs a thread for each stream that is handled at a time. Default:
   * daemon threads of the pool's own.
   */
  public PoolBuilder executor(Executor callbacks) {
    executor = Optional.of(callbacks);
    return this;
  }

  /** Who is told what the pool decides, beside those named before; default: nobody. */
  public PoolBuilder listener(PoolListener told) {
    listeners.add(told);
    return this;
  }

  /**
   * What goes along with the pool from its opening to its end, beside what was named before: say
   * metrics, or a page to look at it.
   */
  public PoolBuilder with(PoolExtension extension) {
    extensions.add(extension);
    return this;
  }

  /**
   * Looks for leases that are not closed, from 10 ms to 24 h; default: off. One that is held for
   * longer than this is told to {@link PoolListener#leaked} with the stack that acquired it; one
   * that was garbage-collected unclosed is told too, and its share given back. On, it costs a stack
   * trace a lease.
   */
  public PoolBuilder leakDetectionThreshold(Duration threshold) {
    leakDetectionThreshold =
        Optional.of(Ranges.inRange("leakDetectionThreshold", threshold, Duration.ofMillis(10)));
    return this;
  }

  /** Whether the pool closes when the JVM shuts down, so that peers are told; default: no. */
  public PoolBuilder closeAtShutdown(boolean close) {
    closeAtShutdown = close;
    return this;
  }

  /**
   * Opens the pool. The caller closes it.
   *
   * @throws PoolOpenException if no pool, transport or policy is found, or none was chosen among
   *     several, or one does not load, or the TLS files cannot be used, or an extension fails;
   *     nothing is left behind
   * @throws IllegalStateException if {@link #alpn} was not set, {@link #maxInbound} or {@link
   *     #maxConnectionsPerPeer} is above {@link #maxConnections}, or {@link #listen} has no {@link
   *     #onStream}
   */
  public QuicPool open() throws PoolOpenException {
    PoolConfig config = config(); // first: what the caller can mend without another artefact
    return provider().open(config);
  }

  private PoolConfig.Inbound inbound() {
    int most =
        atMostMaxConnections("maxInbound", maxInbound.orElse(Math.max(1, maxConnections / 2)));
    if (listenAddress.isPresent() && streamHandler.isEmpty()) {
      throw new IllegalStateException(
          "a pool that listens must have a handler, as in builder.onStream((stream, from) -> …)");
    }
    return new PoolConfig.Inbound(
        listenAddress, certificateDemanded, most, maxIncomingStreams, streamHandler);
  }

  private int atMostMaxConnections(String name, int value) {
    if (value > maxConnections) {
      throw new IllegalStateException(
          name + " must be at most maxConnections, which is " + maxConnections + ", was " + value);
    }
    return value;
  }

  private PoolConfig config() {
    return new PoolConfig(
        name.orElseGet(() -> "pool-" + UNNAMED.incrementAndGet()),
        alpn.orElseThrow(
            () -> new IllegalStateException("alpn must be set, as in builder.alpn(\"chat/1\")")),
        tls,
        transport,
        eviction,
        maxConnections,
        atMostMaxConnections("maxConnectionsPerPeer", maxConnectionsPerPeer),
        maxPending,
        idleTimeout,
        connectTimeout,
        acquireTimeout,
        drainTimeout,
        streamTimeout,
        probeAfter,
        probeLeasedAfter,
        probe,
        maxBackoff,
        maxLifetime,
        grace,
        peerResolver,
        hostResolver,
        inbound(),
        identities,
        time,
        executor,
        List.copyOf(listeners),
        List.copyOf(extensions),
        leakDetectionThreshold,
        closeAtShutdown);
  }

  private static PoolProvider provider() throws PoolOpenException {
    try {
      Iterator<PoolProvider> found =
          ServiceLoader.load(PoolProvider.class, PoolBuilder.class.getClassLoader()).iterator();
      if (found.hasNext()) {
        return found.next();
      }
    } catch (ServiceConfigurationError e) {
      throw new PoolOpenException(
          PoolOpenException.Kind.PROVIDER_FAILED, "the pool does not load: " + e.getMessage(), e);
    }
    throw new PoolOpenException(
        PoolOpenException.Kind.PROVIDER_MISSING,
        "no pool was found: add the artefact io.quicpool:quicpool-core to the module path or the"
            + " class path");
  }
}

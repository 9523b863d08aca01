package io.quicpool.testkit;

import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectFailedException.Phase;
import io.quicpool.PoolClosedException;
import io.quicpool.PoolOpenException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.PoolTime;
import io.quicpool.spi.TlsIdentity;
import io.quicpool.spi.TlsMaterial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network in memory for tests: endpoints of its {@link #transport()} reach each other by address,
 * without sockets, threads or wall-clock time, and a test scripts what goes wrong.
 *
 * <p><b>Peers</b> at an address are endpoints that listen there, or a bare peer ({@link #peer},
 * {@link #echo}). {@link #script} changes how the peer at an address behaves.
 *
 * <p><b>Time and threads.</b> A dial that is answered has completed when connect returns; every
 * future completes, and every event arrives, within the call that caused it, on its thread. Stream
 * handlers and acceptors run on the endpoint's executor (with {@code Runnable::run}: in the same
 * call). Only reads and writes of streams block. Their timeouts, those of dials that hang and of
 * probes of silent peers are in the {@link PoolTime} given: under {@link ManualTime} they pass when
 * the test advances it, from another thread than the one that reads. Without one, in real time.
 *
 * <p><b>What is modelled:</b> the handshake with certificates, ALPN and client authentication; flow
 * control per stream; stream limits; FIN, resets, STOP_SENDING; what arrived before the peer's
 * close stays readable, what arrived before one's own does not. <b>What is not:</b> packets, loss,
 * connection windows, idle timeouts, and the time that anything takes: {@link FaultLink} has those,
 * for real transports. A dial to an address where nobody listens fails at once.
 *
 * <p>Thread-safe, and deterministic as far as its callers are. Nothing to close.
 */
public final class InMemoryNetwork {
  private static final int FIRST_PORT = 20_000;

  /** Who answers at an address. */
  record Listener(
      @Nullable MemoryEndpoint endpoint,
      EndpointConfig config,
      Set<Capability> capabilities,
      boolean anyAlpn,
      boolean echo) {}

  private final PoolTime time;
  private final Object lock = new Object();
  private final Map<InetSocketAddress, Listener> listeners = new HashMap<>(); // guarded by lock
  private final Map<InetSocketAddress, PeerScript> scripts = new HashMap<>(); // guarded by lock
  private final Map<InetSocketAddress, Integer> dials = new HashMap<>(); // guarded by lock
  private final List<InMemoryConnection> connections = new ArrayList<>(); // guarded by lock
  private final List<PendingDial> pending = new ArrayList<>(); // guarded by lock
  private int nextPort = FIRST_PORT; // guarded by lock
  private int open; // guarded by lock
  private int maxOpen; // guarded by lock

  /** A network whose timeouts are in real time. */
  public InMemoryNetwork() {
    this(new SystemTime());
  }

  /** A network whose timeouts are in that time. */
  public InMemoryNetwork(PoolTime time) {
    this.time = time;
  }

  /** The way into the network, with every capability. */
  public InMemoryTransport transport() {
    return new InMemoryTransport(this, EnumSet.allOf(Capability.class));
  }

  // Peers.

  /**
   * Puts a bare peer at an address: it takes any ALPN, asks for no certificate, and leaves its
   * connections to the test ({@link InMemoryConnection#peer()}), with a stream limit of 100 and
   * stream handlers called on the thread that sends.
   *
   * @param identity what it shows; without one it shows no certificate, which only {@link
   *     PeerVerifier#ofAnyone} accepts
   * @throws IllegalStateException if somebody is at the address already
   */
  public PeerScript peer(InetSocketAddress address, Optional<TlsIdentity> identity) {
    return bare(address, identity, 100, false);
  }

  /** Puts a bare peer without certificate at an address, as {@link #peer} does. */
  public PeerScript peer(InetSocketAddress address) {
    return bare(address, Optional.empty(), 100, false);
  }

  /**
   * Puts a bare peer without certificate at an address that sends back what it gets, within the
   * call that sends it: one thread can write, end its output and read the reply.
   */
  public PeerScript echo(InetSocketAddress address) {
    return bare(address, Optional.empty(), 100, true);
  }

  /**
   * Puts a bare echo at an address, with an identity and a stream limit of the test's choice.
   *
   * @param maxStreams how many streams a dialler may have open at it
   */
  public PeerScript echo(
      InetSocketAddress address, Optional<TlsIdentity> identity, int maxStreams) {
    return bare(address, identity, maxStreams, true);
  }

  private PeerScript bare(
      InetSocketAddress address, Optional<TlsIdentity> identity, int maxStreams, boolean echo) {
    EndpointConfig config =
        EndpointConfig.builder("any", new TlsMaterial(identity, Optional.empty(), true))
            .maxIncomingStreams(maxStreams)
            .handlerExecutor(Runnable::run)
            .listen(address, ClientAuth.NONE, PeerVerifier.ofAnyone(), connection -> {})
            .build();
    Listener bare = new Listener(null, config, EnumSet.allOf(Capability.class), true, echo);
    synchronized (lock) {
      if (listeners.putIfAbsent(address, bare) != null) {
        throw new IllegalStateException("somebody listens at " + address + " already");
      }
    }
    return script(address);
  }

  /** Takes a bare peer away: dials to it fail from now on, its connections stay. */
  public void remove(InetSocketAddress address) {
    synchronized (lock) {
      listeners.remove(address);
    }
  }

  /** How the peer at an address behaves; it needs not be there yet. */
  public PeerScript script(InetSocketAddress address) {
    synchronized (lock) {
      return scripts.computeIfAbsent(address, a -> new PeerScript(this, a));
    }
  }

  // What happened.

  /** How many dials were made. */
  public int dials() {
    synchronized (lock) {
      return dials.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  /** The dials that hang or are held and have not ended, oldest first. */
  public List<PendingDial> pendingDials() {
    synchronized (lock) {
      return pending.stream().filter(dial -> !dial.isDone()).toList();
    }
  }

  /**
   * Every dial that ever hung or was held, ended or not, oldest first: to complete one after it was
   * cancelled.
   */
  public List<PendingDial> heldDials() {
    synchronized (lock) {
      return List.copyOf(pending);
    }
  }

  /** Every connection ever made, in order, as its dialler sees it. */
  public List<InMemoryConnection> connections() {
    synchronized (lock) {
      return List.copyOf(connections);
    }
  }

  /** How many connections were ever made. */
  public int opened() {
    synchronized (lock) {
      return connections.size();
    }
  }

  /** How many connections are open now, as their diallers see them. */
  public int open() {
    synchronized (lock) {
      return open;
    }
  }

  /** How many connections were open at once at most. */
  public int maxOpen() {
    synchronized (lock) {
      return maxOpen;
    }
  }

  /** How many connections have ended, as their diallers see them. */
  public int ended() {
    synchronized (lock) {
      return connections.size() - open;
    }
  }

  // For the package.

  PoolTime time() {
    return time;
  }

  int dialsTo(InetSocketAddress address) {
    synchronized (lock) {
      return dials.getOrDefault(address, 0);
    }
  }

  PeerScript dialled(InetSocketAddress address) {
    synchronized (lock) {
      dials.merge(address, 1, Integer::sum);
    }
    return script(address);
  }

  void pending(PendingDial dial) {
    synchronized (lock) {
      pending.add(dial);
    }
  }

  InetSocketAddress listen(Listener listener, InetSocketAddress wanted) throws PoolOpenException {
    synchronized (lock) {
      InetSocketAddress address =
          wanted.getPort() == 0 ? new InetSocketAddress(wanted.getAddress(), nextPort++) : wanted;
      if (listeners.putIfAbsent(address, listener) != null) {
        throw new PoolOpenException(
            PoolOpenException.Kind.ENDPOINT, "somebody listens at " + address + " already");
      }
      return address;
    }
  }

  InetSocketAddress dialAddress() {
    synchronized (lock) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), nextPort++);
    }
  }

  void ended(InMemoryConnection connection) {
    if (connection.isDialled()) {
      synchronized (lock) {
        open--;
      }
    }
  }

  private Optional<Listener> listener(InetSocketAddress address) {
    synchronized (lock) {
      return Optional.ofNullable(listeners.get(address));
    }
  }

  /** Does the whole of a handshake, and hands the listener its side. */
  InMemoryConnection handshake(MemoryEndpoint endpoint, DialRequest request)
      throws ConnectFailedException, PoolClosedException {
    InetSocketAddress address = request.address();
    Listener listener =
        listener(address)
            .orElseThrow(
                () ->
                    new ConnectFailedException(
                        Phase.HANDSHAKE, "nobody listens at " + address + " in this network"));
    String alpn = endpoint.config().alpn();
    if (!listener.anyAlpn() && !listener.config().alpn().equals(alpn)) {
      throw new ConnectFailedException(
          Phase.ALPN, "offered " + alpn + ", " + address + " takes " + listener.config().alpn());
    }
    MemoryEndpoint answering = listener.endpoint();
    List<X509Certificate> shown =
        chain(answering == null ? listener.config().tls() : answering.tls());
    verify("the peer at " + address, request.verifier(), shown);
    List<X509Certificate> dialler = authenticate(endpoint, listener);
    return connect(endpoint, listener, address, shown, dialler);
  }

  private static List<X509Certificate> chain(TlsMaterial tls) {
    return tls.identity().map(TlsIdentity::chain).orElse(List.of());
  }

  private static List<X509Certificate> authenticate(MemoryEndpoint endpoint, Listener listener)
      throws ConnectFailedException {
    EndpointConfig.Listening listening = listener.config().listening().orElseThrow();
    if (listening.clientAuth() == ClientAuth.NONE
        || !listener.capabilities().contains(Capability.CLIENT_CERTIFICATES)) {
      return List.of();
    }
    List<X509Certificate> chain = chain(endpoint.tls());
    if (chain.isEmpty() && listening.clientAuth() == ClientAuth.REQUIRED) {
      throw new ConnectFailedException(
          Phase.IDENTITY, "the peer demands a certificate, this side has none");
    }
    if (!chain.isEmpty()) {
      verify("this side, by the peer", listening.verifier(), chain);
    }
    return chain;
  }

  private static void verify(String whom, PeerVerifier verifier, List<X509Certificate> chain)
      throws ConnectFailedException {
    try {
      verifier.verify(chain);
    } catch (CertificateException | RuntimeException e) {
      throw new ConnectFailedException(Phase.IDENTITY, whom + " is refused: " + e.getMessage(), e);
    }
  }

  private InMemoryConnection connect(
      MemoryEndpoint endpoint,
      Listener listener,
      InetSocketAddress address,
      List<X509Certificate> shown,
      List<X509Certificate> dialler)
      throws ConnectFailedException, PoolClosedException {
    PeerScript script = script(address);
    MemoryLink link = new MemoryLink(time);
    InMemoryConnection near =
        new InMemoryConnection(
            this,
            script,
            link,
            new InMemoryConnection.Side(
                endpoint.config(),
                endpoint.config().alpn(),
                endpoint.capabilities(),
                address,
                shown,
                true,
                listener.echo()));
    InMemoryConnection far =
        new InMemoryConnection(
            this,
            script,
            link,
            new InMemoryConnection.Side(
                listener.config(),
                endpoint.config().alpn(),
                listener.capabilities(),
                endpoint.localAddress(),
                dialler,
                false,
                false));
    InMemoryConnection.join(near, far);
    register(near);
    MemoryEndpoint accepting = listener.endpoint();
    if (accepting != null && !accepting.own(far)) {
      end(near, far);
      throw new ConnectFailedException(Phase.HANDSHAKE, address + " listens no longer");
    }
    if (!endpoint.own(near)) {
      near.abandon("endpoint closed");
      throw new PoolClosedException("the endpoint is closed");
    }
    if (script.isSilent()) {
      near.dieSilently();
    }
    if (accepting != null) {
      accepting.accept(far);
    }
    return near;
  }

  private void register(InMemoryConnection near) {
    synchronized (lock) {
      connections.add(near);
      open++;
      maxOpen = Math.max(maxOpen, open);
    }
  }

  private static void end(InMemoryConnection near, InMemoryConnection far) {
    CloseReason lost = new CloseReason(CloseReason.Kind.LOST, 0, "the listener closed");
    near.end(lost);
    far.end(lost);
  }

  void closed(MemoryEndpoint endpoint) {
    synchronized (lock) {
      listeners.values().removeIf(listener -> listener.endpoint() == endpoint);
    }
  }
}

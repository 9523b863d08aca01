package io.quicpool.testkit;

import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.CloseReason.Kind;
import io.quicpool.ConnectionLostException;
import io.quicpool.ConnectionStats;
import io.quicpool.QuicStream;
import io.quicpool.spi.ClosedSignal;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.QuicConnection;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One side of a connection in an {@link InMemoryNetwork}, with what a test may do to it and see of
 * it. Thread-safe; nothing blocks but reads and writes on streams.
 */
public final class InMemoryConnection implements QuicConnection {
  private static final long MAX_CODE = Integer.MAX_VALUE;

  /** A call of {@link QuicConnection#close}. */
  public record CloseCall(long code, String reason) {}

  /** What the two sides differ in. */
  record Side(
      EndpointConfig config,
      String alpn,
      Set<Capability> capabilities,
      InetSocketAddress remoteAddress,
      List<X509Certificate> peerCertificates,
      boolean dialler,
      boolean echo) {}

  private final InMemoryNetwork network;
  private final PeerScript script;
  private final MemoryLink link;
  private final Side side;
  private final MemoryStreams streams;
  private final AtomicLong bytesSent = new AtomicLong();
  private final ClosedSignal closed = new ClosedSignal();
  private final List<CloseCall> closeCalls = new ArrayList<>(); // guarded by link
  private final List<CompletableFuture<Boolean>> probes = new ArrayList<>(); // guarded by link
  private volatile @Nullable CloseReason reason; // written under link
  private volatile Optional<Duration> rtt = Optional.of(Duration.ofMillis(1));
  private @Nullable InMemoryConnection peer; // written once, before anyone sees this

  InMemoryConnection(InMemoryNetwork network, PeerScript script, MemoryLink link, Side side) {
    this.network = network;
    this.script = script;
    this.link = link;
    this.side = side;
    this.streams = new MemoryStreams(this, link, script);
  }

  static void join(InMemoryConnection dialled, InMemoryConnection accepted) {
    dialled.peer = accepted;
    accepted.peer = dialled;
    dialled.streams.grantInitially(accepted.side.config().maxIncomingStreams());
    accepted.streams.grantInitially(dialled.side.config().maxIncomingStreams());
  }

  // What a test does and sees.

  /** The other side. */
  public InMemoryConnection peer() {
    InMemoryConnection other = peer;
    if (other == null) {
      throw new IllegalStateException("the connection has no other side yet");
    }
    return other;
  }

  /** Every call of {@link #close} on this side, in order; the pool's duty is one. */
  public List<CloseCall> closeCalls() {
    link.enter();
    try {
      return List.copyOf(closeCalls);
    } finally {
      link.leave();
    }
  }

  /** How many streams that this side knows of have not ended. */
  public int openStreams() {
    link.enter();
    try {
      return streams.count();
    } finally {
      link.leave();
    }
  }

  /** How many calls of {@link #openStream} wait for credit. */
  public int waitingStreams() {
    link.enter();
    try {
      return streams.waiting();
    } finally {
      link.leave();
    }
  }

  /** Nothing arrives any more, in either direction, and nobody is told. */
  public void dieSilently() {
    link.run(link::silence);
  }

  /** What was sent since {@link #dieSilently} arrives. */
  public void revive() {
    link.run(
        () -> {
          link.revive();
          answerProbes(true);
          peer().answerProbes(true);
        });
  }

  /** The peer's application closes the connection; not counted as a call of close. */
  public void closeByPeer(long code, String text) {
    link.run(() -> peer().closeNow(CloseReason.local(code, text)));
  }

  /** The connection is lost, without a close frame, on both sides. */
  public void lose() {
    end(new CloseReason(Kind.LOST, 0, "lost by the test"));
    peer().end(new CloseReason(Kind.LOST, 0, "lost by the test"));
  }

  /** This side sees the connection end for that reason, and the other side sees nothing. */
  public void end(CloseReason given) {
    link.run(() -> endNow(given));
  }

  /** What {@link #stats()} tells as the round-trip time; 1 ms until then. */
  public void rtt(Duration given) {
    rtt = Optional.of(given);
  }

  // QuicConnection.

  @Override
  public InetSocketAddress remoteAddress() {
    return side.remoteAddress();
  }

  @Override
  public String alpn() {
    return side.alpn();
  }

  @Override
  public List<X509Certificate> peerCertificates() {
    return can(Capability.PEER_CERTIFICATES) ? side.peerCertificates() : List.of();
  }

  @Override
  public boolean isOpen() {
    return reason == null;
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
    CompletableFuture<QuicStream> future = new CompletableFuture<>();
    link.run(() -> streams.open(future));
    return future;
  }

  @Override
  public OptionalLong availableStreams() {
    link.enter();
    try {
      return can(Capability.STREAM_CREDIT)
          ? OptionalLong.of(isOpen() ? streams.credit() : 0)
          : OptionalLong.empty();
    } finally {
      link.leave();
    }
  }

  @Override
  public void onStream(Consumer<QuicStream> handler) {
    link.run(() -> streams.handler(handler));
  }

  @Override
  public boolean canProbe() {
    return can(Capability.PROBE) && isOpen();
  }

  @Override
  public CompletableFuture<Boolean> probe(Duration patience) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    link.run(
        () -> {
          if (!can(Capability.PROBE) || !isOpen()) {
            link.after(() -> answer.complete(false));
          } else if (!link.isSilent()) {
            link.after(() -> answer.complete(true));
          } else {
            probes.add(answer);
            var alarm = link.time().schedule(patience.toNanos(), () -> answer.complete(false));
            answer.whenComplete((alive, never) -> alarm.cancel());
          }
        });
    return answer;
  }

  @Override
  public Optional<Duration> sinceLastPacket() {
    link.enter();
    try {
      return Optional.of(Duration.ofNanos(link.time().nanos() - link.lastArrivalNanos()));
    } finally {
      link.leave();
    }
  }

  @Override
  public ConnectionStats stats() {
    return new ConnectionStats(
        rtt,
        OptionalLong.of(0),
        OptionalLong.of(bytesSent.get()),
        OptionalLong.of(peer().bytesSent.get()));
  }

  @Override
  public void close(long code, String text) {
    if (code < 0 || code > MAX_CODE) {
      throw new IllegalArgumentException("a close code must be from 0 to 2^31 - 1, was " + code);
    }
    link.run(
        () -> {
          closeCalls.add(new CloseCall(code, text));
          closeNow(CloseReason.local(code, text));
        });
    Optional.of(script)
        .filter(s -> isDialled())
        .flatMap(PeerScript::closeError)
        .ifPresent(
            e -> {
              throw e;
            });
  }

  @Override
  public <T> Optional<T> unwrap(Class<T> type) {
    return type.isInstance(this) ? Optional.of(type.cast(this)) : Optional.empty();
  }

  @Override
  public String toString() {
    return "connection to " + remoteAddress() + (isOpen() ? "" : " (" + reason + ")");
  }

  // For the package.

  MemoryPipe newPipe(long id, MemoryLink over, MemoryPipe.Events events) {
    return new MemoryPipe(
        id,
        over,
        config().streamWindowBytes(),
        can(Capability.INTERRUPTIBLE_READ),
        can(Capability.RESET_CODES),
        events);
  }

  boolean can(Capability capability) {
    return side.capabilities().contains(capability);
  }

  @Override
  public boolean isDialled() {
    return side.dialler();
  }

  boolean isEcho() {
    return side.echo();
  }

  EndpointConfig config() {
    return side.config();
  }

  @Nullable CloseReason reason() {
    return reason;
  }

  MemoryStreams streams() {
    return streams;
  }

  void countSent(int bytes) {
    bytesSent.addAndGet(bytes);
  }

  /** Closed by the transport itself: not a call of close. */
  void abandon(String text) {
    link.run(() -> closeNow(CloseReason.local(0, text)));
  }

  /** With the link's lock. */
  private void closeNow(CloseReason local) {
    if (isOpen()) {
      endNow(local);
      CloseReason told = new CloseReason(Kind.PEER_APPLICATION, local.code(), local.text());
      link.carry(() -> peer().endNow(told));
    }
  }

  /** With the link's lock. */
  private void endNow(CloseReason given) {
    if (!isOpen()) {
      return;
    }
    reason = given;
    network.ended(this);
    streams.end(
        given.kind() == Kind.LOCAL,
        () ->
            new ConnectionLostException("the connection to " + remoteAddress() + " ended", given));
    answerProbes(false);
    link.after(() -> closed.complete(given));
  }

  private void answerProbes(boolean alive) {
    for (CompletableFuture<Boolean> probe : probes) {
      link.after(() -> probe.complete(alive && isOpen()));
    }
    probes.clear();
  }
}

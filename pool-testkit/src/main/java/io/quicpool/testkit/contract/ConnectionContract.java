package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Capability;
import io.quicpool.CloseReason;
import io.quicpool.CloseReason.Kind;
import io.quicpool.ConnectionLostException;
import io.quicpool.ConnectionStats;
import io.quicpool.PoolException;
import io.quicpool.QuicStream;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** How connections end, who is told, who wakes, what is freed; and signs of life. */
public abstract sealed class ConnectionContract extends StreamLimitContract permits VolumeContract {
  private static final Duration PROBE = Duration.ofMillis(500);

  ConnectionContract() {}

  @Test
  public void aCloseIsToldToThePeerWithCodeAndReason() throws Exception {
    for (boolean byDialler : new boolean[] {true, false}) {
      Pair pair = connect();
      QuicConnection closer = byDialler ? pair.dialler() : pair.listener();
      QuicConnection other = byDialler ? pair.listener() : pair.dialler();
      closer.close(42, "bye");
      assertFalse(closer.isOpen());
      assertEquals(new CloseReason(Kind.LOCAL, 42, "bye"), get(closer.closed()));
      assertEquals(new CloseReason(Kind.PEER_APPLICATION, 42, "bye"), get(other.closed()));
      assertFalse(other.isOpen());
    }
  }

  @Test
  public void aCloseNeedsNoReason() throws Exception {
    Pair pair = connect();
    pair.dialler().close(0, "");
    assertEquals(new CloseReason(Kind.PEER_APPLICATION, 0, ""), get(pair.listener().closed()));
  }

  @Test
  public void theLargestCodeArrives() throws Exception {
    Pair pair = connect();
    pair.listener().close(Integer.MAX_VALUE, "x");
    assertEquals(Integer.MAX_VALUE, get(pair.dialler().closed()).code());
  }

  @Test
  public void theEndIsToldOnceToEachWhoWaitsAndAtOnceToWhoComesLater() throws Exception {
    Pair pair = connect();
    for (QuicConnection side : List.of(pair.dialler(), pair.listener())) {
      side.onClosed(
          told -> {
            throw new IllegalStateException("scripted: who is told throws");
          });
    }
    List<CloseReason> told = new CopyOnWriteArrayList<>();
    pair.dialler().onClosed(told::add);
    pair.dialler().onClosed(told::add);
    CompletableFuture<CloseReason> listener = new CompletableFuture<>();
    pair.listener().onClosed(listener::complete);

    pair.dialler().close(3, "bye");
    pair.dialler().close(4, "again");

    CloseReason local = new CloseReason(Kind.LOCAL, 3, "bye");
    assertEquals(local, get(pair.dialler().closed()));
    assertEquals(new CloseReason(Kind.PEER_APPLICATION, 3, "bye"), get(listener));
    eventually(() -> "told was " + told, () -> told.equals(List.of(local, local)));
    pair.dialler().onClosed(told::add);
    assertEquals(List.of(local, local, local), told, "whoever comes later is told within the call");
  }

  @Test
  public void aConnectionEndsOnceForTheFirstReason() throws Exception {
    Pair pair = connect();
    AtomicInteger ends = new AtomicInteger();
    pair.dialler().closed().thenRun(ends::incrementAndGet);
    pair.listener().closed().thenRun(ends::incrementAndGet);
    pair.dialler().close(1, "first");
    pair.dialler().close(2, "second");
    assertEquals(1, get(pair.listener().closed()).code());
    pair.listener().close(3, "third");
    pair.dialler().close(4, "fourth");
    assertEquals(1, get(pair.listener().closed()).code());
    assertEquals(1, get(pair.dialler().closed()).code());
    eventually(() -> "the ends told are " + ends, () -> ends.get() >= 2);
    closeEverything();
    assertEquals(2, ends.get(), "each end is told once");
  }

  @Test
  public void closingAnEndpointIsToldToEveryPeer() throws Exception {
    Listener listener = listen(SERVER);
    QuicEndpoint dialler = dialler();
    List<Pair> pairs = List.of(connect(dialler, listener), connect(dialler, listener));
    listener.endpoint().close();
    for (Pair pair : pairs) {
      assertEquals(Kind.PEER_APPLICATION, get(pair.dialler().closed()).kind());
      assertEquals(Kind.LOCAL, get(pair.listener().closed()).kind());
    }
    Listener second = listen(SERVER);
    Pair pair = connect(dialler, second);
    dialler.close();
    assertEquals(0, get(pair.listener().closed()).code());
    assertEquals(Kind.PEER_APPLICATION, get(pair.listener().closed()).kind());
  }

  @Test
  public void anEndedConnectionOpensNoStreams() throws Exception {
    Pair pair = connect();
    pair.dialler().close(5, "over");
    get(pair.listener().closed());
    for (QuicConnection connection : List.of(pair.dialler(), pair.listener())) {
      ConnectionLostException lost =
          failure(ConnectionLostException.class, connection.openStream());
      assertEquals(5, lost.reason().code());
      assertFalse(get(connection.probe(PROBE)));
      assertTrue(connection.availableStreams().orElse(0) == 0);
    }
  }

  @Test
  public void theEndOfTheConnectionWakesReadersAndWriters() throws Exception {
    for (boolean byPeer : new boolean[] {true, false}) {
      Pair pair = connect(config -> config.streamWindowBytes(64 * 1024));
      BlockingQueue<QuicStream> streams = streams(pair.listener());
      QuicStream near = open(pair.dialler()).timeout(Duration.ofMinutes(10));
      near.output().write(1);
      near.output().flush();
      take(streams);
      Running<Integer> reader = startBlocking(() -> near.input().read());
      Running<Boolean> writer =
          startBlocking(
              () -> {
                near.output().write(new byte[8_000_000]);
                return true;
              });
      (byPeer ? pair.listener() : pair.dialler()).close(6, "over");
      Kind expected = byPeer ? Kind.PEER_APPLICATION : Kind.LOCAL;
      ConnectionLostException lost = failure(ConnectionLostException.class, reader.result());
      assertEquals(new CloseReason(expected, 6, "over"), lost.reason());
      failure(ConnectionLostException.class, writer.result());
      get(near.ended());
      assertThrows(ConnectionLostException.class, () -> near.input().read());
      assertThrows(PoolException.class, () -> near.output().write(new byte[100_000]));
    }
  }

  @Test
  public void anOutputDoesNotEndAsIfAllWereWellAfterTheConnectionEnded() throws Exception {
    for (boolean byPeer : new boolean[] {true, false}) {
      Pair pair = connect();
      StreamPair stream = streamPair(pair);
      stream.near().output().write(1);
      (byPeer ? pair.listener() : pair.dialler()).close(0, "");
      get(stream.near().ended());
      assertThrows(ConnectionLostException.class, () -> stream.near().output().close());
    }
  }

  @Test
  public void streamsEndWithTheirConnectionOnBothSides() throws Exception {
    Pair pair = connect();
    StreamPair stream = streamPair(pair);
    pair.listener().close(0, "");
    get(stream.near().ended());
    get(stream.far().ended());
    stream.near().close();
    stream.far().close();
  }

  @Test
  public void unwrapGivesTheStacksOwnObjectAndNothingElse() throws Exception {
    Pair pair = connect();
    assertEquals(Optional.empty(), pair.dialler().unwrap(StringBuilder.class));
  }

  @Test
  public void numbersAreRightOrEmpty() throws Exception {
    Pair pair = connect();
    pair.listener().onStream(TransportFixture::echo);
    try (QuicStream stream = open(pair.dialler())) {
      stream.output().write(new byte[50_000]);
      stream.output().close();
      assertEquals(50_000, stream.input().readAllBytes().length);
    }
    eventually( // they may be those of a moment ago
        () -> "the numbers are " + pair.dialler().stats(),
        () -> pair.dialler().stats().bytesReceived().orElse(50_000) >= 50_000);
    ConnectionStats stats = pair.dialler().stats();
    assertTrue(stats.rtt().map(rtt -> !rtt.isNegative()).orElse(true), stats::toString);
    assertTrue(stats.bytesSent().orElse(50_000) >= 50_000, stats::toString);
    assertTrue(stats.bytesReceived().orElse(50_000) >= 50_000, stats::toString);
    Optional<Duration> silence = pair.dialler().sinceLastPacket();
    assertTrue(
        silence.map(s -> !s.isNegative() && s.compareTo(patience()) < 0).orElse(true),
        () -> "since the last packet: " + silence);
  }

  // Signs of life.

  @Test
  public void aProbeOfALivePeerIsAnsweredWhereTheStackCan() throws Exception {
    Listener listener = listen(SERVER);
    QuicEndpoint dialler = dialler();
    Pair pair = connect(dialler, listener);
    for (int i = 0; i < 3; i++) {
      boolean here = dialler.capabilities().contains(Capability.PROBE);
      assertEquals(here, get(pair.dialler().probe(patience())));
      boolean there = listener.endpoint().capabilities().contains(Capability.PROBE);
      assertEquals(there, get(pair.listener().probe(patience())));
    }
    assertTrue(pair.dialler().isOpen());
    assertTrue(pair.listener().isOpen());
    assertEquals(0, pair.listener().closed().toCompletableFuture().isDone() ? 1 : 0);
  }

  @Test
  public void aProbeOfASilentPeerIsFalseInTimeAndHarmsNothing() throws Exception {
    Listener listener = listen(SERVER);
    QuicEndpoint dialler = dialler();
    Path path = closing(path(listener.address()));
    QuicConnection connection = get(dial(dialler, path.address()));
    BlockingQueue<QuicStream> streams = streams(take(listener.accepted()));
    QuicStream stream = open(connection);
    stream.output().write(1);
    stream.output().flush();
    QuicStream far = take(streams);
    assertEquals(1, far.input().read());
    path.blackhole(true);
    boolean alive = true;
    for (int i = 0; i < 4 && alive; i++) { // what was under way may answer the first ones
      long start = System.nanoTime();
      alive = get(connection.probe(PROBE));
      long tookMillis = (System.nanoTime() - start) / 1_000_000;
      assertTrue(tookMillis < PROBE.toMillis() + 1000, () -> "took " + tookMillis + " ms");
    }
    assertFalse(alive, "four probes into a black hole were answered");
    assertTrue(connection.isOpen());
    path.blackhole(false);
    far.output().write(2);
    far.output().flush();
    assertEquals(2, stream.input().read());
  }

  @Test
  public void aSilentPeerEndsTheConnectionAtTheIdleTimeout() throws Exception {
    if (!overUdp()) {
      return;
    }
    UnaryOperator<EndpointConfig.Builder> brief = c -> c.idleTimeout(Duration.ofSeconds(2));
    Listener listener =
        listen(brief.apply(config(SERVER.material())), ClientAuth.NONE, PeerVerifier.ofAnyone());
    QuicEndpoint dialler = closing(dialling().open(brief.apply(config(CA.material())).build()));
    Path path = closing(path(listener.address()));
    QuicConnection connection = get(dial(dialler, path.address()));
    QuicStream stream = open(connection);
    path.blackhole(true);
    stream.output().write(1);
    Running<Integer> reader = start(() -> stream.input().read());
    Kind kind = get(connection.closed()).kind();
    assertTrue(kind == Kind.IDLE_TIMEOUT || kind == Kind.LOST, kind::toString);
    failure(ConnectionLostException.class, reader.result());
    assertFalse(connection.isOpen());
  }

  // What is freed.

  @Test
  public void everythingIsFreedWhenEndpointsClose() throws Exception {
    useAndClose(); // loads classes, and what is made once for the process
    Resources dialling = Resources.now(dialling());
    Resources listening = Resources.now(listening());
    for (int i = 0; i < 3; i++) {
      useAndClose();
    }
    eventually(
        () -> "left behind: " + Resources.now(dialling()) + " instead of " + dialling,
        () -> Resources.now(dialling()).isAtMost(dialling));
    eventually(
        () -> "left behind: " + Resources.now(listening()) + " instead of " + listening,
        () -> Resources.now(listening()).isAtMost(listening));
  }

  private void useAndClose() throws Exception {
    BlockingQueue<QuicConnection> accepted = new LinkedBlockingQueue<>();
    EndpointConfig listening =
        config(SERVER.material())
            .listen(anyPort(), ClientAuth.NONE, PeerVerifier.ofAnyone(), accepted::add)
            .build();
    try (QuicEndpoint listener = listening().open(listening);
        QuicEndpoint dialler = dialling().open(config(CA.material()).build())) {
      for (int i = 0; i < 3; i++) {
        QuicConnection connection = get(dial(dialler, listener.localAddress()));
        take(accepted).onStream(TransportFixture::echo);
        QuicStream stream = open(connection);
        stream.output().write(1);
        assertEquals(1, stream.input().read());
        if (i == 0) {
          connection.close(0, "");
        }
      }
      get(
          dial(dialler, listener.localAddress(), "other.example", trusted("other.example"))
              .handle((connection, error) -> error != null));
    }
  }
}

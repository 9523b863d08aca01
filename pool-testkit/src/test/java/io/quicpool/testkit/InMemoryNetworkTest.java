package io.quicpool.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectionLostException;
import io.quicpool.PoolClosedException;
import io.quicpool.QuicStream;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.TlsMaterial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class InMemoryNetworkTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ManualTime time = new ManualTime();
  private final InMemoryNetwork network = new InMemoryNetwork(time);
  private final InetSocketAddress address =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 4433);
  private QuicEndpoint endpoint;

  @BeforeEach
  void open() throws Exception {
    TlsMaterial anonymous = new TlsMaterial(Optional.empty(), Optional.empty(), true);
    endpoint = network.transport().open(EndpointConfig.builder("x/1", anonymous).build());
  }

  @AfterEach
  void close() {
    endpoint.close();
    assertEquals(0, network.open());
  }

  private CompletableFuture<QuicConnection> dial() {
    return endpoint.connect(new DialRequest(address, "localhost", PeerVerifier.ofAnyone(), SECOND));
  }

  private InMemoryConnection connect() {
    return (InMemoryConnection) dial().join();
  }

  private static Throwable failure(CompletableFuture<?> future) {
    return assertThrows(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS)).getCause();
  }

  @Test
  void oneThreadCanTalkToAnEcho() throws Exception {
    network.echo(address);
    QuicConnection connection = connect();
    try (QuicStream stream = connection.openStream().join()) {
      stream.output().write("hello".getBytes(UTF_8));
      stream.output().close();
      assertArrayEquals("hello".getBytes(UTF_8), stream.input().readAllBytes());
      assertTrue(stream.ended().toCompletableFuture().isDone());
    }
    assertEquals(100, connection.availableStreams().orElseThrow());
    assertEquals(0, ((InMemoryConnection) connection).openStreams());
  }

  @Test
  void aBarePeersStreamsAreTheTestsToTake() throws Exception {
    network.peer(address);
    InMemoryConnection connection = connect();
    List<QuicStream> taken = new ArrayList<>();
    QuicStream early = connection.openStream().join();
    early.output().write(1);
    assertEquals(0, connection.peer().openStreams(), "held back, so the peer knows nothing");
    early.output().close();
    connection.peer().onStream(taken::add);
    assertEquals(1, taken.size());
    assertEquals(1, taken.get(0).input().read());
    assertEquals(-1, taken.get(0).input().read());
    taken.get(0).output().write(2);
    taken.get(0).output().close();
    assertEquals(2, early.input().read());
    assertEquals(-1, early.input().read());
    QuicStream theirs = connection.peer().openStream().join();
    assertEquals(1, theirs.id());
    assertThrows(IllegalStateException.class, () -> connection.peer().onStream(s -> {}));
  }

  @Test
  void creditIsHandedOutInOrderAndNotToWhoLeft() throws Exception {
    network.echo(address, Optional.empty(), 1);
    InMemoryConnection connection = connect();
    QuicStream first = connection.openStream().join();
    CompletableFuture<QuicStream> second = connection.openStream();
    CompletableFuture<QuicStream> third = connection.openStream();
    CompletableFuture<QuicStream> fourth = connection.openStream();
    assertEquals(3, connection.waitingStreams());
    assertEquals(0, connection.availableStreams().orElseThrow());
    second.cancel(false);
    first.close();
    assertTrue(third.isDone());
    assertFalse(fourth.isDone());
    connection.closeByPeer(7, "bye");
    ConnectionLostException lost = assertInstanceOf(ConnectionLostException.class, failure(fourth));
    assertEquals(7, lost.reason().code());
  }

  @Test
  void dialsFailHangThrowAndCompleteWithNullAsScripted() throws Exception {
    IllegalStateException thrown = new IllegalStateException("scripted");
    PeerScript script = network.echo(address);
    script.nextDials(
        DialOutcome.failing(thrown),
        DialOutcome.throwing(thrown),
        DialOutcome.completedWithNull(),
        DialOutcome.hanging());
    assertSame(thrown, failure(dial()));
    assertSame(thrown, assertThrows(IllegalStateException.class, this::dial));
    assertEquals(null, dial().join());
    CompletableFuture<QuicConnection> hanging = dial();
    assertEquals(1, network.pendingDials().size());
    time.advance(SECOND.minusNanos(1));
    assertFalse(hanging.isDone());
    time.advance(Duration.ofNanos(1));
    ConnectFailedException late = assertInstanceOf(ConnectFailedException.class, failure(hanging));
    assertEquals(ConnectFailedException.Phase.HANDSHAKE, late.phase());
    assertEquals(0, network.pendingDials().size());
    assertEquals(0, time.pending());
    assertTrue(dial().join().isOpen());
    assertEquals(5, script.dials());
    assertEquals(1, network.opened());
  }

  @Test
  void aHeldDialMayCompleteAfterItWasCancelledAndIsThenClosedByTheTransport() {
    network.echo(address).dials(DialOutcome.held());
    CompletableFuture<QuicConnection> future = dial();
    assertTrue(future.cancel(true));
    PendingDial dial = network.heldDials().get(0);
    assertEquals(1, dial.cancelCalls());
    InMemoryConnection late = dial.complete().orElseThrow();
    assertFalse(late.isOpen());
    assertEquals(List.of(), late.closeCalls());
    assertEquals(1, network.opened());
    assertEquals(0, network.open());
  }

  @Test
  void aBrokenTransportIgnoresCancelAndTimeoutAndReportsTwice() {
    network.echo(address).dials(DialOutcome.held().ignoringCancel().ignoringTimeout().twice());
    CompletableFuture<QuicConnection> future = dial();
    List<QuicConnection> reported = new ArrayList<>();
    CompletableFuture<QuicConnection> unused =
        future.whenComplete((connection, error) -> reported.add(connection));
    assertFalse(future.cancel(true));
    time.advance(Duration.ofHours(1));
    assertFalse(future.isDone());
    InMemoryConnection made = network.pendingDials().get(0).complete().orElseThrow();
    assertEquals(List.of(made, made), reported);
    assertTrue(made.isOpen());
    made.close(3, "done");
    assertEquals(List.of(new InMemoryConnection.CloseCall(3, "done")), made.closeCalls());
  }

  @Test
  void aPeerThatDiesSilentlyAnswersNothingUntilItLivesAgain() throws Exception {
    PeerScript script = network.echo(address);
    InMemoryConnection connection = connect();
    QuicStream stream = connection.openStream().join();
    assertTrue(connection.probe(SECOND).join());
    script.dieSilently();
    stream.output().write(1);
    stream.output().flush();
    assertEquals(0, stream.input().available());
    CompletableFuture<Boolean> probe = connection.probe(SECOND);
    CompletableFuture<QuicConnection> dial = dial();
    time.advance(Duration.ofMillis(999));
    assertFalse(probe.isDone());
    time.advance(Duration.ofMillis(1));
    assertFalse(probe.join());
    assertInstanceOf(ConnectFailedException.class, failure(dial));
    assertEquals(Optional.of(SECOND), connection.sinceLastPacket());
    CompletableFuture<Boolean> second = connection.probe(SECOND);
    script.revive();
    assertTrue(second.join());
    assertEquals(1, stream.input().read());
    assertTrue(connection.isOpen());
  }

  @Test
  void aReadTimesOutInTheNetworksTimeAndResetsTheStream() throws Exception {
    network.peer(address);
    InMemoryConnection connection = connect();
    QuicStream stream = connection.openStream().join().timeout(SECOND);
    List<QuicStream> taken = new ArrayList<>();
    connection.peer().onStream(taken::add);
    CompletableFuture<Integer> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return stream.input().read();
              } catch (java.io.IOException e) {
                throw new CompletionException(e);
              }
            });
    while (time.pending() == 0) {
      Thread.onSpinWait();
    }
    time.advance(SECOND);
    assertInstanceOf(StreamTimeoutException.class, failure(read));
    assertThrows(StreamResetException.class, () -> taken.get(0).input().read());
  }

  @Test
  void closesAreCountedToldToThePeerAndMayThrow() {
    PeerScript script = network.echo(address);
    InMemoryConnection connection = connect();
    InMemoryConnection other = connect();
    assertEquals(2, network.maxOpen());
    List<CloseReason> told = new ArrayList<>();
    connection.peer().closed().thenAccept(told::add);
    script.closeThrows(() -> new IllegalStateException("scripted"));
    assertThrows(IllegalStateException.class, () -> connection.close(1, "a"));
    assertThrows(IllegalStateException.class, () -> connection.close(2, "b"));
    assertEquals(2, connection.closeCalls().size());
    assertEquals(List.of(new CloseReason(CloseReason.Kind.PEER_APPLICATION, 1, "a")), told);
    assertEquals(1, network.open());
    script.closeAll(9, "going");
    assertEquals(
        new CloseReason(CloseReason.Kind.PEER_APPLICATION, 9, "going"),
        other.closed().toCompletableFuture().join());
    assertEquals(List.of(), other.closeCalls());
  }

  @Test
  void openStreamFailsOrHangsAsScripted() {
    PeerScript script = network.echo(address);
    InMemoryConnection connection = connect();
    IllegalStateException scripted = new IllegalStateException("scripted");
    script.openStreamFails(() -> scripted);
    assertSame(scripted, failure(connection.openStream()));
    script.heal().openStreamHangs();
    CompletableFuture<QuicStream> hanging = connection.openStream();
    assertFalse(hanging.isDone());
    connection.lose();
    assertInstanceOf(ConnectionLostException.class, failure(hanging));
  }

  @Test
  void closingTheEndpointFailsRunningDialsAndClosesConnections() {
    network.echo(address).nextDials(DialOutcome.held());
    CompletableFuture<QuicConnection> running = dial();
    InMemoryConnection connection = connect();
    endpoint.close();
    assertInstanceOf(PoolClosedException.class, failure(running));
    assertInstanceOf(PoolClosedException.class, failure(dial()));
    assertFalse(connection.isOpen());
    assertFalse(connection.peer().isOpen());
  }
}

package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.Lease;
import io.quicpool.Origin;
import io.quicpool.PoolBuilder;
import io.quicpool.QuicStream;
import io.quicpool.RemovalCause;
import io.quicpool.testkit.DialOutcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Several connections of one peer where peers dial us. */
class SeveralInboundTest extends NodesTest {

  private static Consumer<PoolBuilder> settings(int perPeer, int streams) {
    return builder -> builder.maxConnectionsPerPeer(perPeer).maxIncomingStreams(streams);
  }

  private static QuicStream open(Node from, Node to) throws IOException {
    try (Lease lease = from.lease(to)) {
      QuicStream stream = lease.openStream();
      stream.output().write(1);
      stream.output().flush();
      from.settle(to);
      return stream;
    }
  }

  @Test
  void anAcceptorPoolsAsManyAndUsesThemToo() throws Exception {
    Node server = node(1, settings(2, 1));
    Node client = node(2, settings(2, 1));
    open(client, server);
    open(client, server);

    assertEquals(2, client.stats().dials());
    assertEquals(2, server.stats().inbound());
    assertEquals(2, server.stats().open());
    assertEquals(2, server.streams.size());
    open(server, client);
    open(server, client);
    assertEquals(0, server.stats().dials(), "its streams leave on what it accepted");
    assertEquals(2, client.streams.size());
  }

  @Test
  void ofMoreThanTheAcceptorPoolsTheOldestDrainsAndIsServed() throws Exception {
    Node server = node(1, settings(1, 1));
    Node client = node(2, settings(3, 1));
    QuicStream first = open(client, server);
    open(client, server);
    open(client, server);

    assertEquals(3, client.stats().open());
    assertEquals(1, server.stats().open());
    assertEquals(2, server.stats().draining());
    assertEquals(3, server.streams.size(), "no stream is lost");
    first.close();
    server.endStreams();
    client.settle(server);

    open(client, server);

    assertEquals(3, client.stats().dials(), "it can be used as long as it is there");
    assertEquals(1, server.streams.size());
  }

  @Test
  void whereTheAcceptorHasAsManyTheOldestYields() throws Exception {
    Node server = node(1, settings(2, 1));
    Node client = node(2, settings(3, 1));
    open(client, server);
    open(client, server);
    open(client, server);

    assertEquals(2, server.stats().open());
    assertEquals(1, server.stats().draining());
    assertTrue(
        server.events.take().contains("removed 1 " + RemovalCause.REPLACED), "the oldest one");
  }

  @Test
  void withoutRoomForOneMoreItTakesThePlaceOfItsOwn() throws Exception {
    Node server = node(1, settings(2, 1).andThen(builder -> builder.maxInbound(1)));
    Node client = node(2, settings(2, 1));
    open(client, server);

    open(client, server);

    assertEquals(0, server.stats().refused());
    assertEquals(1, server.stats().open());
    assertEquals(1, server.stats().draining());
    assertEquals(2, server.streams.size());
  }

  @Test
  void whoDialsAgainCastsDoubtOnAllItHas() throws Exception {
    Node server = node(1, settings(2, 1));
    Node client = node(2, settings(3, 1));
    open(client, server);
    open(client, server);
    network.connections().forEach(connection -> connection.dieSilently());
    client.advance(Duration.ofMillis(900));
    server.tasks.runAll();

    open(client, server);

    assertEquals(2, server.stats().open());
    assertEquals(1, server.stats().suspect(), "the other has left");
  }

  @Test
  void whoDialEachOtherAtOnceKeepBoth() throws Exception {
    Node one = node(1, settings(2, 5));
    Node two = node(2, settings(2, 5));
    network.script(one.address).dials(DialOutcome.held());
    network.script(two.address).dials(DialOutcome.held());
    List<CompletableFuture<Lease>> asked =
        List.of(one.pool.acquireAsync(two.peer()), two.pool.acquireAsync(one.peer()));
    network.pendingDials().forEach(dial -> dial.complete());
    one.settle(two);

    asked.forEach(lease -> PoolTest.served(lease).close());
    for (Node node : List.of(one, two)) {
      assertEquals(2, node.stats().open());
      assertEquals(1, node.stats().inbound());
      assertEquals(0, node.stats().draining());
    }
    assertEquals(2, network.open());
  }

  @Test
  void oneOfThemThatDialledAgainCastsDoubtOnTheOther() throws Exception {
    Node server = node(1, settings(2, 1));
    Node client = node(2, settings(2, 1));
    open(client, server);
    network.connections().get(0).dieSilently();
    client.advance(Duration.ofMillis(900)); // before silence alone casts any
    server.tasks.runAll();
    open(client, server);
    assertEquals(1, server.stats().suspect());

    server.advance(Duration.ofSeconds(1));
    client.settle(server);

    assertEquals(1, server.stats().open());
    try (Lease lease = server.lease(client)) {
      assertEquals(Origin.ACCEPTED, lease.connection().origin());
      assertTrue(lease.connection().isOpen());
    }
  }
}

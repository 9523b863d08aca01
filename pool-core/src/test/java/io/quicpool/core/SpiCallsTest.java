package io.quicpool.core;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doCallRealMethod;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoMoreInteractions;
import static org.mockito.Mockito.when;

import io.quicpool.CloseReason;
import io.quicpool.ConnectionStats;
import io.quicpool.Lease;
import io.quicpool.Peer;
import io.quicpool.PoolOpenException;
import io.quicpool.PoolOpenException.Kind;
import io.quicpool.PutResult.Status;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EvictionPolicy;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.ArgumentCaptor;
import org.mockito.ArgumentMatcher;
import org.mockito.InOrder;

/** What the pool calls on its providers, and how often. */
@Timeout(30)
class SpiCallsTest {
  private static final Peer ALICE = Peer.named("alice");
  private static final Peer BOB = Peer.named("bob");

  private final QuicTransport transport = mock(QuicTransport.class);
  private final QuicEndpoint endpoint = mock(QuicEndpoint.class);
  private final EvictionPolicy policy = mock(EvictionPolicy.class);

  @BeforeEach
  void anEndpointOpens() throws Exception {
    when(transport.name()).thenReturn("mock");
    when(transport.open(any())).thenReturn(endpoint);
    when(endpoint.capabilities()).thenReturn(Set.of());
    when(policy.victims()).thenReturn(List.of());
  }

  private QuicPool open(int max) throws PoolOpenException {
    return QuicPool.builder()
        .alpn("test/1")
        .tls(Tls.insecure())
        .transport(transport)
        .eviction(() -> policy)
        .maxConnections(max)
        .executor(Runnable::run)
        .open();
  }

  private static QuicConnection connection() {
    QuicConnection made = mock(QuicConnection.class);
    when(made.isOpen()).thenReturn(true);
    when(made.closed()).thenReturn(new CompletableFuture<>());
    doCallRealMethod().when(made).onClosed(any());
    when(made.stats()).thenReturn(ConnectionStats.unknown());
    when(made.peerCertificates()).thenReturn(List.of());
    return made;
  }

  private static ArgumentMatcher<EvictionPolicy.Entry> entryOf(Peer peer) {
    return entry -> entry.peer().equals(peer);
  }

  @Test
  void aPolicyIsToldOfAConnectionsLifeInOrder() throws Exception {
    try (QuicPool pool = open(1)) {
      pool.put(ALICE, connection());
      pool.acquire(ALICE).close();
      pool.acquire(ALICE).close();
      pool.put(BOB, connection());
      pool.invalidate(BOB);
    }

    InOrder calls = inOrder(policy);
    calls.verify(policy).added(argThat(entryOf(ALICE)));
    calls.verify(policy).used(argThat(entryOf(ALICE)), eq(2L));
    calls.verify(policy).victims();
    calls.verify(policy).removed(argThat(entryOf(ALICE)));
    calls.verify(policy).added(argThat(entryOf(BOB)));
    calls.verify(policy).removed(argThat(entryOf(BOB)));
    calls.verifyNoMoreInteractions();
  }

  @Test
  void aPolicyGetsTheSameObjectForTheSameConnectionInEveryCall() throws Exception {
    ArgumentCaptor<EvictionPolicy.Entry> entries =
        ArgumentCaptor.forClass(EvictionPolicy.Entry.class);
    try (QuicPool pool = open(1)) {
      pool.put(ALICE, connection());
      pool.acquire(ALICE).close();
      pool.put(BOB, connection());
    }
    verify(policy, times(2)).added(entries.capture());
    EvictionPolicy.Entry alice = entries.getAllValues().get(0);

    verify(policy).used(alice, 1);
    verify(policy).removed(alice);
    assertSame(alice.peer(), ALICE);
  }

  @Test
  void aHitCallsNoPolicy() throws Exception {
    try (QuicPool pool = open(2)) {
      pool.put(ALICE, connection());
      verify(policy).added(any());
      for (int i = 0; i < 1_000; i++) {
        pool.acquire(ALICE).close();
      }
      verifyNoMoreInteractions(policy);
    }
  }

  @Test
  void aConnectionIsClosedOnceHoweverItLeaves() throws Exception {
    QuicConnection invalidated = connection();
    QuicConnection evicted = connection();
    QuicConnection replaced = connection();
    QuicConnection last = connection();
    QuicPool pool = open(1);
    pool.put(ALICE, invalidated);
    Lease lease = pool.acquire(ALICE);
    lease.invalidate();
    lease.invalidate();
    pool.invalidate(ALICE);
    verify(invalidated, never()).close(anyLong(), anyString());
    lease.close();
    lease.close();
    pool.put(ALICE, evicted);
    pool.put(BOB, replaced);
    pool.put(BOB, last);
    pool.close();
    pool.close();

    verify(invalidated).close(3, "invalidated");
    verify(evicted).close(1, "evicted");
    verify(replaced).close(4, "replaced");
    verify(last).close(6, "pool closed");
    for (QuicConnection each : List.of(invalidated, evicted, replaced, last)) {
      verify(each, times(1)).close(anyLong(), anyString());
    }
  }

  @Test
  void aConnectionThatDiedIsClosedOnceSoThatItFreesWhatItHolds() throws Exception {
    QuicConnection dying = connection();
    CompletableFuture<CloseReason> closed = new CompletableFuture<>();
    when(dying.closed()).thenReturn(closed);
    try (QuicPool pool = open(1)) {
      pool.put(ALICE, dying);
      try (Lease lease = pool.acquire(ALICE)) {
        closed.complete(new CloseReason(CloseReason.Kind.IDLE_TIMEOUT, 0, ""));
        verify(dying).close(0, "");
        lease.invalidate();
      }
    }
    verify(dying, times(1)).close(anyLong(), anyString());
  }

  @Test
  void aRefusedConnectionIsNeverTouched() throws Exception {
    QuicConnection full = connection();
    QuicConnection foreign = connection();
    try (QuicPool pool = open(1)) {
      pool.put(ALICE, connection());
      try (Lease held = pool.acquire(ALICE)) {
        assertSame(Status.REFUSED_FULL, pool.put(BOB, full).status());
        assertTrue(held.connection().isOpen());
      }
      assertSame(
          Status.REFUSED_IDENTITY,
          pool.put(Peer.pinned("ab".repeat(32), "10.0.0.1:1"), foreign).status());
    }
    verify(full, never()).close(anyLong(), any());
    verify(foreign, never()).close(anyLong(), any());
  }

  @Test
  void theEndpointIsOpenedOnceAndClosedOnceAfterItsConnections() throws Exception {
    QuicConnection pooled = connection();
    QuicPool pool = open(1);
    pool.put(ALICE, pooled);
    pool.close();
    pool.close(Duration.ZERO);

    verify(transport, times(1)).open(any());
    InOrder order = inOrder(pooled, endpoint);
    order.verify(pooled).close(6, "pool closed");
    order.verify(endpoint).close();
    order.verifyNoMoreInteractions();
  }

  @Test
  void anEndpointThatThrowsWhenItIsClosedIsLogged() throws Exception {
    doThrow(new IllegalStateException("stuck")).when(endpoint).close();

    open(1).close();

    verify(endpoint).close();
  }

  @Test
  void theTransportsOwnIdleTimeoutIsTwiceThePoolsSoThatThePoolClosesFirst() throws Exception {
    ArgumentCaptor<EndpointConfig> config = ArgumentCaptor.forClass(EndpointConfig.class);
    QuicPool.builder()
        .alpn("test/1")
        .tls(Tls.insecure())
        .transport(transport)
        .eviction(() -> policy)
        .idleTimeout(Duration.ofSeconds(40))
        .streamTimeout(Duration.ofSeconds(7))
        .open()
        .close();
    verify(transport).open(config.capture());

    EndpointConfig given = config.getValue();
    assertSame("test/1", given.alpn());
    assertTrue(given.idleTimeout().compareTo(Duration.ofSeconds(80)) >= 0);
    assertTrue(given.streamTimeout().equals(Duration.ofSeconds(7)));
    assertTrue(given.listening().isEmpty());
  }

  @Test
  void aDialAsksForThePeersAddressNameAndDeadline() throws Exception {
    when(endpoint.connect(any())).thenReturn(new CompletableFuture<>());
    ArgumentCaptor<DialRequest> request = ArgumentCaptor.forClass(DialRequest.class);
    try (QuicPool pool = open(1)) {
      CompletableFuture<Lease> asked = pool.acquireAsync(Peer.of("192.0.2.7:4433"));
      verify(endpoint).connect(request.capture());
      asked.cancel(false);
    }

    assertTrue(request.getValue().address().toString().endsWith("192.0.2.7:4433"));
    assertTrue(request.getValue().serverName().equals("192.0.2.7"));
    assertTrue(request.getValue().timeout().compareTo(Duration.ofSeconds(5)) <= 0);
  }

  @Test
  void aTransportThatDoesNotOpenLeavesNothingBehindAndItsErrorIsTyped() throws Exception {
    when(transport.open(any())).thenThrow(new UnsatisfiedLinkError("no native library"));

    PoolOpenException failed = assertThrows(PoolOpenException.class, () -> open(1));

    assertSame(Kind.PROVIDER_FAILED, failed.kind());
    assertTrue(failed.getMessage().contains("mock"), failed.getMessage());
    assertTrue(failed.getMessage().contains("no native library"), failed.getMessage());
  }
}

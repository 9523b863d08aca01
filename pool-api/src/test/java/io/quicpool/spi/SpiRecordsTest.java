package io.quicpool.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quicpool.CloseReason;
import io.quicpool.ConnectFailedException;
import io.quicpool.ConnectionLostException;
import io.quicpool.PutResult;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What requests, settings and results check and say of themselves. */
class SpiRecordsTest {
  private static final TlsMaterial ANYONE =
      new TlsMaterial(Optional.empty(), Optional.empty(), true);

  private static DialRequest dial(InetSocketAddress address, Duration timeout) {
    return new DialRequest(address, "peer.example", PeerVerifier.ofAnyone(), timeout);
  }

  private static String refused(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }

  @Test
  void aDialNeedsAResolvedAddressAndAPositiveTimeout() {
    InetSocketAddress resolved = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4433);
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved("peer.example", 4433);

    assertEquals(
        "a dial's address must be resolved, was " + unresolved,
        refused(() -> dial(unresolved, Duration.ofSeconds(1))));
    assertEquals(
        "a dial's timeout must be positive, was PT0S",
        refused(() -> dial(resolved, Duration.ZERO)));
    assertEquals(
        "a dial's timeout must be positive, was PT-1S",
        refused(() -> dial(resolved, Duration.ofSeconds(-1))));
    assertEquals(resolved, dial(resolved, Duration.ofNanos(1)).address());
  }

  @Test
  void anEndpointsSettingsOutOfRangeAreRefusedWithTheRuleAndTheValue() {
    EndpointConfig.Builder builder = EndpointConfig.builder("chat/1", ANYONE);

    assertTrue(
        refused(() -> EndpointConfig.builder("", ANYONE))
            .startsWith("alpn must be 1 to 255 printable ASCII characters"));
    assertTrue(refused(() -> EndpointConfig.builder("a b", ANYONE)).contains("was \"a b\""));
    assertEquals(
        "idleTimeout must be positive, was PT0S",
        refused(() -> builder.idleTimeout(Duration.ZERO)));
    assertEquals(
        "streamTimeout must be positive and at most 24 hours, was PT-1S",
        refused(() -> builder.streamTimeout(Duration.ofSeconds(-1))));
    assertEquals(
        "streamTimeout must be positive and at most 24 hours, was PT24H0.000000001S",
        refused(() -> builder.streamTimeout(Duration.ofHours(24).plusNanos(1))));
    assertEquals(
        "maxIncomingStreams must be at least 0, was -1",
        refused(() -> builder.maxIncomingStreams(-1)));
    assertEquals(
        "streamWindowBytes must be at least 1024, was 1023",
        refused(() -> builder.streamWindowBytes(1023)));
    assertEquals(
        "connectionWindowBytes must be at least 1024, was -5",
        refused(() -> builder.connectionWindowBytes(-5)));
  }

  @Test
  void anEndpointsDefaultsAreTheDocumentedOnes() {
    EndpointConfig config = EndpointConfig.builder("chat/1", ANYONE).build();

    assertEquals("chat/1", config.alpn());
    assertEquals(Optional.empty(), config.listening());
    assertEquals(Duration.ofSeconds(120), config.idleTimeout());
    assertEquals(Duration.ofSeconds(30), config.streamTimeout());
    assertEquals(100, config.maxIncomingStreams());
    assertEquals(1 << 20, config.streamWindowBytes());
    assertEquals(16 << 20, config.connectionWindowBytes());
  }

  @Test
  void aConfigurationDoesNotChangeWithItsBuilder() {
    EndpointConfig.Builder builder = EndpointConfig.builder("chat/1", ANYONE);
    EndpointConfig before = builder.build();

    builder.maxIncomingStreams(7).idleTimeout(Duration.ofSeconds(1));

    assertEquals(100, before.maxIncomingStreams());
    assertEquals(7, builder.build().maxIncomingStreams());
  }

  @Test
  void exceptionsTellHowFarItCameAndByWhomItEnded() {
    CloseReason reason = new CloseReason(CloseReason.Kind.PEER_APPLICATION, 42, "bye");

    assertEquals("PEER_APPLICATION code 42 (bye)", reason.toString());
    assertEquals("LOCAL code 0", CloseReason.local(0, "").toString());
    assertEquals(
        "a stream: PEER_APPLICATION code 42 (bye)",
        new ConnectionLostException("a stream", reason).getMessage());
    ConnectFailedException failed =
        new ConnectFailedException(ConnectFailedException.Phase.IDENTITY, "not trusted");
    assertEquals("identity: not trusted", failed.getMessage());
    assertEquals(ConnectFailedException.Phase.IDENTITY, failed.phase());
  }

  @Test
  void onlyARefusedConnectionIsStillTheCallers() {
    Set<PutResult.Status> pooled =
        EnumSet.of(
            PutResult.Status.ADOPTED, PutResult.Status.REPLACED, PutResult.Status.ALREADY_POOLED);
    for (PutResult.Status status : List.of(PutResult.Status.values())) {
      assertEquals(pooled.contains(status), new PutResult(status, "").isPooled(), "" + status);
    }
  }
}

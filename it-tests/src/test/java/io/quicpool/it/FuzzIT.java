package io.quicpool.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.quicpool.Endpoint;
import io.quicpool.Fingerprint;
import io.quicpool.InvalidEndpointException;
import io.quicpool.PoolBuilder;
import io.quicpool.PoolOpenException;
import io.quicpool.QuicPool;
import io.quicpool.Tls;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.InMemoryNetwork;
import io.quicpool.testkit.ManualTime;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * What comes from outside, as a fuzzer makes it up (R16). A build runs the seeds under {@code
 * src/test/resources}; {@code JAZZER_FUZZ=1} and one test's name search for new ones
 * (CONTRIBUTING.md).
 */
class FuzzIT {
  private static final int MESSAGE_EVERY = 256;
  private static final int MAX_BYTES = 65_000;

  private static final List<EchoPeer> LISTENERS = new ArrayList<>();
  private static DatagramSocket stranger;
  private static int datagrams;

  @BeforeAll
  static void open() throws IOException {
    for (String transport : Stacks.names()) {
      LISTENERS.add(Talk.echo(transport));
    }
    stranger = new DatagramSocket();
  }

  @AfterAll
  static void close() throws IOException {
    messageToAll();
    stranger.close();
    LISTENERS.forEach(EchoPeer::close);
  }

  /** A text is an endpoint, and the same one when read back, or refused with the rule. */
  @FuzzTest(maxDuration = "10m")
  void endpointTexts(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    try {
      Endpoint endpoint = Endpoint.parse(text);
      assertEquals(endpoint, Endpoint.parse(endpoint.toString()));
    } catch (InvalidEndpointException refused) {
      // as it should be
    }
  }

  /** A text is a fingerprint, and the same one when read back, or refused. */
  @FuzzTest(maxDuration = "10m")
  void fingerprints(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    try {
      Fingerprint fingerprint = Fingerprint.of(text);
      assertEquals(fingerprint, Fingerprint.of(fingerprint.toString()));
    } catch (IllegalArgumentException refused) {
      // as it should be
    }
  }

  /** A pool opens, and closes, or the settings are refused; nothing else happens. */
  @FuzzTest(maxDuration = "10m")
  void configurations(FuzzedDataProvider data) {
    ManualTime time = new ManualTime();
    PoolBuilder builder =
        QuicPool.builder()
            .tls(Tls.insecure())
            .transport(new InMemoryNetwork(time).transport())
            .time(time)
            .executor(Runnable::run)
            .onStream((stream, from) -> stream.close())
            .alpn("fuzz/1");
    try {
      while (data.remainingBytes() > 0) {
        set(builder, data);
      }
      builder.open().close(Duration.ZERO);
    } catch (IllegalArgumentException | IllegalStateException | PoolOpenException refused) {
      // as it should be
    }
  }

  private static void set(PoolBuilder builder, FuzzedDataProvider data) {
    int setting = data.consumeInt(0, 19);
    switch (setting) {
      case 19 -> builder.alpn(data.consumeString(300));
      case 0 -> builder.maxConnections(data.consumeInt());
      case 1 -> builder.maxConnectionsPerPeer(data.consumeInt());
      case 2 -> builder.maxPending(data.consumeInt());
      case 3 -> builder.maxInbound(data.consumeInt());
      case 4 -> builder.maxIncomingStreams(data.consumeInt());
      case 5 -> builder.demandCertificates(data.consumeBoolean());
      case 6 -> builder.listen(data.consumeString(30));
      case 7 -> builder.eviction(data.consumeString(10));
      default -> set(builder, setting, duration(data));
    }
  }

  private static void set(PoolBuilder builder, int setting, Duration duration) {
    switch (setting) {
      case 8 -> builder.idleTimeout(duration);
      case 9 -> builder.connectTimeout(duration);
      case 10 -> builder.acquireTimeout(duration);
      case 11 -> builder.drainTimeout(duration);
      case 12 -> builder.streamTimeout(duration);
      case 13 -> builder.probeAfter(duration);
      case 14 -> builder.probeLeasedAfter(duration);
      case 15 -> builder.maxBackoff(duration);
      case 16 -> builder.maxLifetime(duration);
      case 17 -> builder.grace(duration);
      default -> builder.leakDetectionThreshold(duration);
    }
  }

  private static Duration duration(FuzzedDataProvider data) {
    return Duration.ofSeconds(data.consumeLong(), data.consumeInt(0, 999_999_999));
  }

  /** Listeners of both stacks stay alive whatever a stranger sends. */
  @FuzzTest(maxDuration = "10m")
  void datagrams(byte[] bytes) throws IOException {
    for (EchoPeer listener : LISTENERS) {
      stranger.send(
          new DatagramPacket(bytes, Math.min(bytes.length, MAX_BYTES), listener.address()));
    }
    if (++datagrams % MESSAGE_EVERY == 0) {
      messageToAll();
    }
  }

  private static void messageToAll() throws IOException {
    for (EchoPeer listener : LISTENERS) {
      try (QuicPool pool = Talk.pool(Stacks.names().get(LISTENERS.indexOf(listener))).open()) {
        Talk.message(pool, listener.peer(), "still there");
      }
    }
  }
}

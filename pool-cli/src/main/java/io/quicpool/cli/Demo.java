package io.quicpool.cli;

import io.quicpool.Endpoint;
import io.quicpool.Peer;
import io.quicpool.PoolBuilder;
import io.quicpool.QuicPool;
import io.quicpool.inspector.Inspector;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * Sends the same messages twice over one transport, one after the other as one caller would: first
 * each over a connection of its own, then through the pool. A message is timed from before the
 * connection is asked for until the last byte of its echo; closing is not timed.
 */
final class Demo {
  static final int MESSAGE_BYTES = 64;

  // As in a program that has kept its connections for a while: it dials seldom and talks often, so
  // that its messages are compiled as well as they will be, and its dials are not.
  private static final int WARMUP_FRESH = 60;
  private static final int WARMUP_POOLED = 5_000;
  private static final int WARMUP_POOLED_PER_MESSAGE = 25; // a short demo does not wait for more
  private static final int PINGS = 10;
  private static final int PINGS_IF_QUICK = 200;
  private static final Duration QUICK = Duration.ofMillis(5);
  private static final Duration PATIENCE = Duration.ofSeconds(5); // plus the round trips of a dial

  /**
   * How the demo runs.
   *
   * @param rtt the round trip that the links add
   * @param peers how many echo peers
   * @param messages how many messages each way
   * @param inspect at which port of the loopback the pool is shown, if it is
   */
  record Settings(Duration rtt, int peers, int messages, OptionalInt inspect) {}

  private final QuicTransport transport;
  private final Settings settings;
  private final Progress progress;

  Demo(QuicTransport transport, Settings settings, Progress progress) {
    this.transport = transport;
    this.settings = settings;
    this.progress = progress;
  }

  /** How many steps a run on one transport tells its progress. */
  static int steps(Settings settings) {
    return 2 * settings.messages();
  }

  /** What is not counted, for people to know. */
  static String warmup(Settings settings) {
    return WARMUP_FRESH + " fresh and " + warmupPooled(settings) + " pooled messages";
  }

  private static int warmupPooled(Settings settings) {
    return Math.min(WARMUP_POOLED, WARMUP_POOLED_PER_MESSAGE * settings.messages());
  }

  DemoResult run() throws IOException, CommandFailedException {
    try (DemoNetwork network = DemoNetwork.open(transport, settings.peers())) {
      progress.phase("warm-up");
      warmUp(network);
      network.setRoundTrip(settings.rtt());
      Samples link = new Samples();
      Samples fresh = new Samples();
      Samples pooled = new Samples();
      try (QuicPool pool = shownPool(network)) {
        measureLink(network, link);
        progress.phase("fresh");
        List<Endpoint> endpoints = network.endpoints();
        for (int i = 0; i < settings.messages(); i++) {
          fresh.add(fresh(pool, endpoints.get(i % endpoints.size()), i));
          progress.step();
        }
        measureLink(network, link);
        progress.phase("pooled");
        List<Peer> peers = network.peers();
        for (int i = 0; i < settings.messages(); i++) {
          pooled.add(pooled(pool, peers.get(i % peers.size()), i));
          progress.step();
        }
        measureLink(network, link);
        if (link.count() == 0) {
          throw new CommandFailedException("the link must carry bare UDP, every datagram was lost");
        }
        return new DemoResult(transport.name(), link, fresh, pooled, pool.stats());
      }
    }
  }

  /** Lets the JIT compile both ways, over the links while they add nothing. */
  private void warmUp(DemoNetwork network) throws IOException, CommandFailedException {
    List<Endpoint> endpoints = network.endpoints();
    List<Peer> peers = network.peers();
    try (QuicPool pool = pool(network)) {
      for (int i = 0; i < WARMUP_FRESH; i++) {
        fresh(pool, endpoints.get(i % endpoints.size()), i);
      }
      for (int i = 0; i < warmupPooled(settings); i++) {
        pooled(pool, peers.get(i % peers.size()), i);
      }
    }
  }

  /** Before, between and after, so that it meets the noise of the machine that the messages met. */
  private void measureLink(DemoNetwork network, Samples link) throws IOException {
    progress.phase("link");
    boolean quick = settings.rtt().compareTo(QUICK) < 0;
    network.measureLink(quick ? PINGS_IF_QUICK : PINGS, link);
  }

  private QuicPool shownPool(DemoNetwork network) throws IOException {
    PoolBuilder builder = builder(network).name("demo-" + transport.name());
    settings.inspect().ifPresent(port -> builder.with(Inspector.onLoopback(port)));
    return builder.open();
  }

  private QuicPool pool(DemoNetwork network) throws IOException {
    return builder(network).open();
  }

  private PoolBuilder builder(DemoNetwork network) {
    Duration patience = PATIENCE.plus(settings.rtt().multipliedBy(4));
    return QuicPool.builder()
        .alpn(Arguments.DEFAULT_ALPN)
        .tls(network.tls())
        .transport(transport)
        .eviction("lru")
        .connectTimeout(patience)
        .acquireTimeout(patience.multipliedBy(2));
  }

  private static long fresh(QuicPool pool, Endpoint endpoint, int number)
      throws IOException, CommandFailedException {
    byte[] message = Exchange.message(number, MESSAGE_BYTES);
    long start = System.nanoTime();
    QuicConnection connection = pool.connect(endpoint);
    try {
      Exchange.echo(Exchange.open(connection), message);
      return System.nanoTime() - start;
    } finally {
      connection.close(0, "done");
    }
  }

  private static long pooled(QuicPool pool, Peer peer, int number)
      throws IOException, CommandFailedException {
    byte[] message = Exchange.message(number, MESSAGE_BYTES);
    long start = System.nanoTime();
    Exchange.echo(pool.openStream(peer), message);
    return System.nanoTime() - start;
  }
}

package io.quicpool.cli;

import io.quicpool.Endpoint;
import io.quicpool.Peer;
import io.quicpool.PutResult;
import io.quicpool.QuicPool;
import io.quicpool.spi.QuicConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures one echo peer: dials it a number of times, pools every connection under a name of its
 * own, and then sends messages over all of them at once, one at a time on each.
 */
final class Bench {
  private static final int WARMUP_MESSAGES = 50;

  /**
   * What is asked of the peer.
   *
   * @param connections how many are open at once
   * @param messages how many in all
   * @param size bytes of a message
   */
  record Settings(int connections, int messages, int size) {}

  /**
   * What came of it.
   *
   * @param dials handshakes, one at a time
   * @param messages messages with their echoes, over pooled connections
   * @param elapsed how long the messages took in all
   */
  record Result(Samples dials, Samples messages, Duration elapsed) {}

  private final QuicPool pool;
  private final Peer identity;
  private final Endpoint endpoint;
  private final Settings settings;
  private final Progress progress;

  /** The peer is verified as {@code identity} asks, and the pool is the caller's. */
  Bench(QuicPool pool, Peer identity, Endpoint endpoint, Settings settings, Progress progress) {
    this.pool = pool;
    this.identity = identity;
    this.endpoint = endpoint;
    this.settings = settings;
    this.progress = progress;
  }

  static int warmupMessages() {
    return WARMUP_MESSAGES;
  }

  Result run() throws IOException, CommandFailedException, InterruptedException {
    progress.phase("warm-up");
    warmUp();
    progress.phase("dialling");
    Samples dials = new Samples();
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < settings.connections(); i++) {
      long start = System.nanoTime();
      QuicConnection connection = pool.connect(identity, endpoint);
      dials.add(System.nanoTime() - start);
      peers.add(adopted(connection, "bench-" + i));
      progress.step();
    }
    progress.phase("messages");
    long start = System.nanoTime();
    Samples messages = overAll(peers);
    return new Result(dials, messages, Duration.ofNanos(System.nanoTime() - start));
  }

  private void warmUp() throws IOException, CommandFailedException {
    Peer peer = adopted(pool.connect(identity, endpoint), "warm-up");
    for (int i = 0; i < Math.min(WARMUP_MESSAGES, settings.messages()); i++) {
      Exchange.echo(pool.openStream(peer), Exchange.message(i, settings.size()));
    }
    pool.invalidate(peer);
  }

  /** The connection was verified when it was dialled, so the name may be vouched for. */
  private Peer adopted(QuicConnection connection, String name) throws CommandFailedException {
    Peer peer = Peer.named(name);
    PutResult result = pool.put(peer, connection);
    if (!result.isPooled()) {
      connection.close(0, "not pooled");
      throw new CommandFailedException(
          "the pool refused the connection " + name + ": " + result.explanation());
    }
    return peer;
  }

  private Samples overAll(List<Peer> peers)
      throws IOException, CommandFailedException, InterruptedException {
    ExecutorService callers = Executors.newFixedThreadPool(peers.size());
    try {
      ExecutorCompletionService<Samples> done = new ExecutorCompletionService<>(callers);
      AtomicInteger next = new AtomicInteger();
      for (Peer peer : peers) {
        done.submit(() -> overOne(peer, next));
      }
      Samples all = new Samples();
      for (int i = 0; i < peers.size(); i++) {
        all.addAll(done.take().get());
      }
      return all;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new CommandFailedException(Failures.inOneLine(e), e);
    } finally {
      callers.shutdownNow();
    }
  }

  private Samples overOne(Peer peer, AtomicInteger next)
      throws IOException, CommandFailedException {
    Samples samples = new Samples();
    for (int i = next.getAndIncrement(); i < settings.messages(); i = next.getAndIncrement()) {
      byte[] message = Exchange.message(i, settings.size());
      long start = System.nanoTime();
      Exchange.echo(pool.openStream(peer), message);
      samples.add(System.nanoTime() - start);
      progress.step();
    }
    return samples;
  }
}

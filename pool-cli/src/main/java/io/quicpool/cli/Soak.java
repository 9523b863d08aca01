package io.quicpool.cli;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.quicpool.Peer;
import io.quicpool.PoolException;
import io.quicpool.PoolStats;
import io.quicpool.QuicPool;
import io.quicpool.QuicStream;
import io.quicpool.spi.QuicTransport;
import io.quicpool.testkit.EchoPeer;
import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Callers that talk without a pause over one pool to peers in this process, on links that fail at
 * random, and what the process holds meanwhile: for finding what only shows in the long run.
 */
final class Soak implements AutoCloseable {
  static final Duration RECOVERY = Duration.ofSeconds(10);
  private static final int CALLERS = 8;
  private static final int MAX_BYTES = 8_192;
  private static final Duration ACQUIRE = Duration.ofSeconds(5);
  private static final Duration STREAM = Duration.ofSeconds(5);

  /** To be acquired, to be read, and twice as long for a machine that does other work too. */
  private static final Duration LATEST = ACQUIRE.plus(STREAM).multipliedBy(2);

  private static final long MINUTE_SECONDS = 60;
  private static final long RETRY_MILLIS = 100;

  private final QuicTransport transport;
  private final Duration duration;
  private final PrintWriter out;
  private final Random random;
  private final TestCertificates authority = TestCertificates.create("quicpool soak");
  private final TestIdentity identity = authority.localhost();
  private final List<EchoPeer> echoes = new ArrayList<>();
  private final List<FaultLink> links = new ArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicLong delivered = new AtomicLong();
  private final Map<String, AtomicLong> failures = new TreeMap<>(); // guarded by itself
  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
  private final List<SoakSample> samples = new ArrayList<>();
  private long faults;

  Soak(QuicTransport transport, int peers, Duration duration, long seed, PrintWriter out)
      throws IOException {
    this.transport = transport;
    this.duration = duration;
    this.out = out;
    this.random = new Random(seed);
    for (int i = 0; i < peers; i++) {
      echoes.add(echo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
      links.add(FaultLink.open(echoes.get(i).address(), seed + i));
    }
  }

  private EchoPeer echo(InetSocketAddress at) throws IOException {
    return EchoPeer.on(transport, identity.identity(), Arguments.DEFAULT_ALPN).listen(at).open();
  }

  SoakResult run() throws IOException, InterruptedException {
    PoolStats end;
    try (QuicPool pool =
        QuicPool.builder()
            .alpn(Arguments.DEFAULT_ALPN)
            .tls(authority.trusting())
            .transport(transport)
            .maxConnections(Math.max(1, links.size() * 3 / 4))
            .idleTimeout(Duration.ofSeconds(5))
            .maxLifetime(Duration.ofSeconds(20))
            .acquireTimeout(ACQUIRE)
            .streamTimeout(STREAM)
            .open()) {
      talkAndStrike(pool);
      recover(pool);
      pool.close(STREAM); // before the books are read
      end = pool.stats();
    }
    if (end.opened() != end.closed()
        || end.acquired() != end.released()
        || end.streams() != 0
        || end.open() + end.dialling() + end.draining() + end.waiting() != 0) {
      wrong.add("the books do not balance: " + end);
    }
    Map<String, Long> counts = new TreeMap<>();
    synchronized (failures) {
      failures.forEach((kind, count) -> counts.put(kind, count.get()));
    }
    return new SoakResult(
        delivered.get(), counts, faults, List.copyOf(samples), List.copyOf(wrong));
  }

  private void talkAndStrike(QuicPool pool) throws IOException, InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      long seed = random.nextLong();
      threads.add(new Thread(() -> call(pool, new Random(seed)), "quicpool-soak-" + i));
    }
    threads.forEach(Thread::start);
    try {
      strike(pool);
    } finally {
      over.countDown();
      links.forEach(FaultLink::heal);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  // Callers.

  private Peer peer(int number) {
    return Peer.of("127.0.0.1:" + links.get(number).address().getPort());
  }

  private void call(QuicPool pool, Random mine) {
    while (over.getCount() > 0) {
      byte[] message = Exchange.message(mine.nextLong(), mine.nextInt(MAX_BYTES));
      talk(pool, mine.nextInt(links.size()), message);
    }
  }

  private void talk(QuicPool pool, int number, byte[] message) {
    long start = System.nanoTime();
    try {
      QuicStream stream = pool.openStream(peer(number));
      Exchange.echo(stream, message);
      delivered.incrementAndGet();
    } catch (PoolException e) {
      count(e.getClass().getSimpleName());
    } catch (IOException e) {
      count(e.getClass().getSimpleName());
      if (!e.getClass().getName().startsWith("io.quicpool.")) {
        wrong.add("untyped: " + Failures.withCauses(e));
      }
    } catch (CommandFailedException | RuntimeException e) {
      wrong.add(Failures.withCauses(e));
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    if (took.compareTo(LATEST) > 0) {
      wrong.add("a call took " + took.toMillis() + " ms");
    }
  }

  private void count(String kind) {
    synchronized (failures) {
      failures.computeIfAbsent(kind, any -> new AtomicLong()).incrementAndGet();
    }
  }

  // Faults.

  /** Until the time is over: a fault every second or so, a line every minute. */
  private void strike(QuicPool pool) throws IOException, InterruptedException {
    long start = System.nanoTime();
    long nextLine = MINUTE_SECONDS;
    out.println(SoakSample.head());
    for (long left = duration.toNanos(); left > 0; left = end(start) - System.nanoTime()) {
      int victim = random.nextInt(links.size());
      Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
      strike(pool, fault, victim);
      faults++;
      long pause = 200L + random.nextInt(1_800);
      over.await(Math.min(TimeUnit.MILLISECONDS.toNanos(pause), Math.max(1, left)), NANOSECONDS);
      if (fault != Fault.RESTART) {
        links.get(victim).heal();
      }
      if (TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) >= nextLine) {
        nextLine += MINUTE_SECONDS;
        sample(pool, Duration.ofNanos(System.nanoTime() - start));
      }
    }
  }

  private long end(long start) {
    return start + duration.toNanos();
  }

  private void sample(QuicPool pool, Duration since) {
    SoakSample sample =
        SoakSample.now(pool.stats(), links.stream().mapToInt(FaultLink::diallers).sum());
    samples.add(sample);
    out.println(sample.line(since, delivered.get(), failed(), wrong.size()));
    out.flush();
  }

  private long failed() {
    synchronized (failures) {
      return failures.values().stream().mapToLong(AtomicLong::get).sum();
    }
  }

  private void strike(QuicPool pool, Fault fault, int victim) throws IOException {
    FaultLink link = links.get(victim);
    switch (fault) {
      case BLACKHOLE -> link.blackhole(true);
      case LOSS -> {
        link.toListener().loss(0.1);
        link.toDialler().loss(0.1);
      }
      case REBINDING -> link.rebind();
      case PEER_CLOSES -> echoes.get(victim).closeConnections(1, "soak");
      case RESTART -> {
        InetSocketAddress at = echoes.get(victim).address();
        echoes.get(victim).close();
        echoes.set(victim, echo(at));
      }
      case INVALIDATE -> pool.invalidate(peer(victim));
      case NETWORK_CHANGE -> pool.onNetworkChange();
      case WARM -> pool.keepWarm(peer(victim));
      case COOL -> pool.coolDown(peer(victim));
    }
  }

  private enum Fault {
    BLACKHOLE,
    LOSS,
    REBINDING,
    PEER_CLOSES,
    RESTART,
    INVALIDATE,
    NETWORK_CHANGE,
    WARM,
    COOL
  }

  /** After the last fault every peer has to be reached again. */
  private void recover(QuicPool pool) throws InterruptedException {
    for (int number = 0; number < links.size(); number++) {
      long deadline = System.nanoTime() + RECOVERY.toNanos();
      long before = delivered.get();
      talk(pool, number, Exchange.message(number, 100));
      while (delivered.get() == before && deadline - System.nanoTime() > 0) {
        Thread.sleep(RETRY_MILLIS); // while a peer is left in peace an acquire fails at once
        talk(pool, number, Exchange.message(number, 100));
      }
      if (delivered.get() == before) {
        wrong.add("peer " + number + " was not reached within " + RECOVERY.toSeconds() + " s");
      }
    }
  }

  @Override
  public void close() {
    echoes.forEach(EchoPeer::close);
    links.forEach(FaultLink::close);
  }
}

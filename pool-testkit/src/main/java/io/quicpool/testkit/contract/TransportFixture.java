package io.quicpool.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.quicpool.PoolOpenException;
import io.quicpool.QuicStream;
import io.quicpool.StreamResetException;
import io.quicpool.StreamTimeoutException;
import io.quicpool.spi.DialRequest;
import io.quicpool.spi.EndpointConfig;
import io.quicpool.spi.EndpointConfig.ClientAuth;
import io.quicpool.spi.PeerVerifier;
import io.quicpool.spi.QuicConnection;
import io.quicpool.spi.QuicEndpoint;
import io.quicpool.spi.QuicTransport;
import io.quicpool.spi.TlsMaterial;
import io.quicpool.testkit.FaultLink;
import io.quicpool.testkit.TestCertificates;
import io.quicpool.testkit.TestIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/**
 * What the parts of {@link QuicTransportContract} stand on: endpoints that close after each test,
 * and waiting for events with a deadline. Not to be extended directly.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract sealed class TransportFixture permits DialContract {
  static final String ALPN = "contract/1";
  static final TestCertificates CA = TestCertificates.create();
  static final TestIdentity SERVER = CA.localhost();

  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final ExecutorService executor = Executors.newCachedThreadPool(TransportFixture::thread);

  TransportFixture() {}

  // What a provider says about itself.

  /** The transport that dials. */
  protected abstract QuicTransport dialling();

  /** The transport that listens; another one than {@link #dialling()} for a test across stacks. */
  protected abstract QuicTransport listening();

  /** How long an event may take that should come soon; 10 s unless overridden. */
  protected Duration patience() {
    return Duration.ofSeconds(10);
  }

  /** Whether packets go over UDP, so that a link can be put in between; true unless overridden. */
  protected boolean overUdp() {
    return true;
  }

  /** A way to a listener that can be made to swallow everything. */
  protected interface Path extends AutoCloseable {

    /** Where to dial. */
    InetSocketAddress address();

    /** Whether everything is swallowed from now on, both ways. */
    void blackhole(boolean swallow);

    @Override
    void close();
  }

  /** Puts such a way before a listener; a {@link FaultLink} unless overridden. */
  protected Path path(InetSocketAddress listener) throws IOException {
    FaultLink link = FaultLink.open(listener, 1);
    return new Path() {
      @Override
      public InetSocketAddress address() {
        return link.address();
      }

      @Override
      public void blackhole(boolean swallow) {
        link.blackhole(swallow);
      }

      @Override
      public void close() {
        link.close();
      }
    };
  }

  // Endpoints.

  /** A listening endpoint and what it accepted. */
  record Listener(
      QuicEndpoint endpoint, BlockingQueue<QuicConnection> accepted, Handovers handovers) {
    InetSocketAddress address() {
      return endpoint.localAddress();
    }
  }

  /** Both sides of a connection. */
  record Pair(QuicConnection dialler, QuicConnection listener) {}

  /** Frees what the test opened, last first. */
  @AfterEach
  public void closeEverything() throws Exception {
    while (!resources.isEmpty()) {
      resources.pop().close();
    }
    executor.shutdownNow();
  }

  <T extends AutoCloseable> T closing(T resource) {
    resources.push(resource);
    return resource;
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "contract");
    thread.setDaemon(true);
    return thread;
  }

  ExecutorService executor() {
    return executor;
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  EndpointConfig.Builder config(TlsMaterial tls) {
    return EndpointConfig.builder(ALPN, tls).handlerExecutor(executor);
  }

  QuicEndpoint dialler() throws PoolOpenException {
    return dialler(CA.material());
  }

  QuicEndpoint dialler(TlsMaterial tls) throws PoolOpenException {
    return closing(dialling().open(config(tls).build()));
  }

  Listener listen(TestIdentity identity) throws PoolOpenException {
    return listen(config(identity.material()), ClientAuth.NONE, PeerVerifier.ofAnyone());
  }

  Listener listen(EndpointConfig.Builder config, ClientAuth auth, PeerVerifier verifier)
      throws PoolOpenException {
    BlockingQueue<QuicConnection> accepted = new LinkedBlockingQueue<>();
    Handovers handovers = new Handovers(executor);
    EndpointConfig listening =
        config.handlerExecutor(handovers).listen(anyPort(), auth, verifier, accepted::add).build();
    return new Listener(closing(listening().open(listening)), accepted, handovers);
  }

  Pair connect() throws Exception {
    return connect(config -> config);
  }

  /** Connects two endpoints, both of them configured by the operator. */
  Pair connect(UnaryOperator<EndpointConfig.Builder> configured) throws Exception {
    Listener listener =
        listen(
            configured.apply(config(SERVER.material())), ClientAuth.NONE, PeerVerifier.ofAnyone());
    QuicEndpoint dialler =
        closing(dialling().open(configured.apply(config(CA.material())).build()));
    return connect(dialler, listener);
  }

  Pair connect(QuicEndpoint dialler, Listener listener) throws Exception {
    QuicConnection dialled = get(dial(dialler, listener.address()));
    return new Pair(dialled, take(listener.accepted()));
  }

  static PeerVerifier trusted(String host) {
    return PeerVerifier.ofHost(host, CA.trustManager());
  }

  CompletableFuture<QuicConnection> dial(QuicEndpoint dialler, InetSocketAddress address) {
    return dial(dialler, address, "localhost", trusted("localhost"));
  }

  /** Dials with half of the patience, so that a dial that fails tells so itself. */
  CompletableFuture<QuicConnection> dial(
      QuicEndpoint dialler, InetSocketAddress address, String host, PeerVerifier verifier) {
    return dialler.connect(new DialRequest(address, host, verifier, patience().dividedBy(2)));
  }

  // Streams.

  QuicStream open(QuicConnection connection) throws Exception {
    return get(connection.openStream()).timeout(patience());
  }

  /** Collects the streams that the peer opens. */
  BlockingQueue<QuicStream> streams(QuicConnection connection) {
    BlockingQueue<QuicStream> streams = new LinkedBlockingQueue<>();
    connection.onStream(stream -> streams.add(stream.timeout(patience())));
    return streams;
  }

  /** Opens a stream and sends one byte, by which the peer learns of it, and gives both ends. */
  StreamPair streamPair(Pair pair) throws Exception {
    BlockingQueue<QuicStream> streams = streams(pair.listener());
    QuicStream near = open(pair.dialler());
    near.output().write(7);
    near.output().flush();
    QuicStream far = take(streams);
    assertEquals(7, far.input().read());
    return new StreamPair(near, far);
  }

  /** Both ends of a stream that the dialler opened. */
  record StreamPair(QuicStream near, QuicStream far) {}

  /** Sends back what comes, and ends when it ends. */
  static void echo(QuicStream stream) {
    byte[] buffer = new byte[16 * 1024];
    try (stream) {
      InputStream in = stream.input();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        stream.output().write(buffer, 0, count);
      }
      stream.output().close();
    } catch (IOException e) {
      // the other side's test sees it
    }
  }

  static byte[] data(long seed, int size) {
    byte[] data = new byte[size];
    new Random(seed).nextBytes(data);
    return data;
  }

  /** Reads until the reset that must come: an end would make a cut stream look whole. */
  static StreamResetException readUntilReset(QuicStream stream) throws IOException {
    byte[] buffer = new byte[4096];
    long read = 0;
    try {
      for (int n = stream.input().read(buffer); n >= 0; n = stream.input().read(buffer)) {
        read += n;
      }
    } catch (StreamResetException e) {
      return e;
    }
    return fail("a stream that was cut looked whole after " + read + " bytes");
  }

  /** Writes until the reset that must come. */
  static StreamResetException writeUntilReset(QuicStream stream) {
    return assertThrows(StreamResetException.class, () -> writeForEver(stream));
  }

  private static void writeForEver(QuicStream stream) throws IOException {
    while (true) {
      stream.output().write(new byte[4096]);
      stream.output().flush();
    }
  }

  /**
   * Whether a writer always learns by a reset that the peer asked to stop sending, also when the
   * stream's other direction is over. True unless overridden: by who listens on a stack that can
   * forget such a stream, with the reason. Its writers then learn it by their timeout at the
   * latest.
   */
  protected boolean tellsEveryStop() {
    return true;
  }

  /** Writes on a stream whose other direction is over, until it is told that nobody reads. */
  void writeUntilStopped(QuicStream stream) {
    if (tellsEveryStop()) {
      writeUntilReset(stream);
      return;
    }
    stream.timeout(Duration.ofSeconds(2));
    IOException told = assertThrows(IOException.class, () -> writeForEver(stream));
    assertTrue(
        told instanceof StreamResetException || told instanceof StreamTimeoutException,
        () -> "told of the stop by " + told);
  }

  // Waiting.

  /** The result of a stage, which must come soon; its exception if it failed. */
  <T> T get(CompletionStage<T> stage) throws Exception {
    return get(stage, patience());
  }

  static <T> T get(CompletionStage<T> stage, Duration patience) throws Exception {
    try {
      return stage.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("nothing came within " + patience.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  <E extends Throwable> E failure(Class<E> type, CompletionStage<?> stage) {
    return assertThrows(type, () -> get(stage));
  }

  <T> T take(BlockingQueue<T> queue) throws InterruptedException {
    T taken = queue.poll(patience().toMillis(), TimeUnit.MILLISECONDS);
    assertNotNull(taken, () -> "nothing came within " + patience().toMillis() + " ms");
    return taken;
  }

  void eventually(Supplier<String> what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + patience().toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail(what.get() + ", still after " + patience().toMillis() + " ms");
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** Something that runs on a thread of its own. */
  record Running<T>(Thread thread, CompletableFuture<T> result) {}

  <T> Running<T> start(Callable<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        thread(
            () -> {
              try {
                result.complete(task.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    thread.start();
    return new Running<>(thread, result);
  }

  /** Starts something that should block, and returns when it does. */
  <T> Running<T> startBlocking(Callable<T> task) {
    Running<T> running = start(task);
    int[] seen = {0};
    eventually(
        () -> "a call does not block, it is " + running.thread().getState(),
        () -> {
          Thread.State state = running.thread().getState();
          boolean waits = state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
          seen[0] = waits ? seen[0] + 1 : 0;
          return seen[0] > 10 || running.result().isDone();
        });
    return running;
  }
}

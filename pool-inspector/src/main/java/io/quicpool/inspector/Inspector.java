package io.quicpool.inspector;

import com.sun.net.httpserver.HttpServer;
import io.quicpool.PoolExtension;
import io.quicpool.QuicPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves a page that shows what a pool does: its connections, its counters since the page was
 * opened, and its last decisions with their reasons.
 *
 * <pre>{@code
 * QuicPool.builder().with(Inspector.onLoopback(8080))...   // http://127.0.0.1:8080/
 * }</pre>
 *
 * <p><b>Who can see it.</b> Whoever can connect to the address: on the loopback, which is the
 * default, every user of the machine. It shows who the peers are and where, no secrets, and changes
 * nothing: it answers GET alone. Pages of other origins cannot read it: a request that names
 * another origin is refused, and so is one that names a host other than an address literal or
 * {@code localhost}, which keeps a foreign name from being pointed at it.
 *
 * <p><b>Cost.</b> While a page is open, a walk through the pool's connections each second; the last
 * {@value RecentEvents#KEPT} decisions are kept all the time. Runs on four daemon threads of its
 * own.
 *
 * <p>Thread-safe. Ends with the pool that was opened {@code with} it, or with {@link #close}.
 */
public final class Inspector implements AutoCloseable {
  private static final int THREADS = 4; // one that reads a slow request keeps no other waiting

  private final QuicPool pool;
  private final RecentEvents events;
  private final HttpServer server;
  private final ExecutorService threads;

  private Inspector(QuicPool pool, RecentEvents events, HttpServer server) {
    this.pool = pool;
    this.events = events;
    this.server = server;
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread own = new Thread(task, "quicpool-inspector");
              own.setDaemon(true);
              return own;
            });
  }

  /** Shows the pool at that port of 127.0.0.1; 0 takes a free one, which is logged. */
  public static PoolExtension onLoopback(int port) {
    return pool -> open(pool, port);
  }

  /**
   * Shows the pool at an address that others can reach, if it is not of the loopback. There is no
   * password: put something in front of it that asks for one, and that passes its requests on with
   * an address, or {@code localhost}, as their {@code Host}.
   */
  public static PoolExtension exposedAt(InetSocketAddress address) {
    return pool -> open(pool, address);
  }

  /**
   * Shows a pool that is open already, at that port of 127.0.0.1; 0 takes a free one.
   *
   * @throws IOException if the port is taken
   */
  public static Inspector open(QuicPool pool, int port) throws IOException {
    return open(
        pool, new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
  }

  private static Inspector open(QuicPool pool, InetSocketAddress address) throws IOException {
    RecentEvents events = new RecentEvents(System::currentTimeMillis);
    Inspector inspector = new Inspector(pool, events, HttpServer.create(address, 0));
    inspector.start();
    return inspector;
  }

  private void start() {
    server.createContext("/", new Gate(new Site(new PoolJson(pool, events))));
    server.setExecutor(threads);
    pool.addListener(events);
    server.start();
    System.getLogger("io.quicpool")
        .log(System.Logger.Level.INFO, () -> pool.name() + " is shown at " + address());
  }

  /** Where the page is. */
  public URI address() {
    return URI.create("http://" + PoolJson.text(server.getAddress()) + "/");
  }

  /** Shows the pool no longer; what is being answered is cut off. */
  @Override
  public void close() {
    pool.removeListener(events);
    server.stop(0);
    threads.shutdownNow();
  }
}
